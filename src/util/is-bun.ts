/** Whether this is Bun, which says that it is Node. */
export const IS_BUN: boolean = process.versions["bun"] !== undefined;
