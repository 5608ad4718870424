/** Whether `version`, as containerd and its packagers write it, is at least `since`; `false` if it cannot be read. */
export function isAtLeast(version: string, since: readonly [major: number, minor: number, patch?: number]): boolean {
  const [, ...numbers] = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  if (numbers.length === 0) return false;
  const differences = since.map((number, i) => Number(numbers[i] ?? 0) - (number ?? 0));
  return (differences.find((difference) => difference !== 0) ?? 0) >= 0;
}
