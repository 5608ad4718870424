/** CPU time that this process has used so far, all threads, user and system: microseconds. */
export function cpuUs(): number {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return userCPUTime + systemCPUTime;
}

/** What `action` takes in CPU time and in time, per each of `count` units: microseconds. */
export async function timed(
  count: number,
  action: () => Promise<unknown>,
): Promise<{ readonly cpuUs: number; readonly wallUs: number }> {
  const [cpu, wall] = [cpuUs(), performance.now()];
  await action();
  return { cpuUs: (cpuUs() - cpu) / count, wallUs: ((performance.now() - wall) * 1_000) / count };
}
