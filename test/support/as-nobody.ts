const NOBODY = 65_534;

/** Why this process cannot become a user who is not root, if it cannot: in Debian 13, its Node 20 refuses to. */
export const neverNobody = isNeverNobody() && "this Node does not let root become another user";

function isNeverNobody(): boolean {
  try {
    if (process.geteuid?.() === 0) process.seteuid?.(0);
    return false;
  } catch {
    return true;
  }
}

/** Runs `use` as a user who is not root; all of this process is that user meanwhile. */
export async function asNobody<T>(use: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return use();
  const groups = process.getgroups?.() ?? [];
  process.setgroups?.([]);
  process.setegid?.(NOBODY);
  process.seteuid?.(NOBODY);
  try {
    return await use();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  }
}
