/** Whether `version`, as containerd and its packagers write it, is at least `since`; `false` if it cannot be read. */
export function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const numbers = /^v?(\d+)\.(\d+)/.exec(version);
  if (numbers === null) return false;
  const [serverMajor, serverMinor] = [Number(numbers[1]), Number(numbers[2])];
  return serverMajor > major || (serverMajor === major && serverMinor >= minor);
}
