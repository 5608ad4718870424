import type * as z from "zod/mini";

/** How many issues of one map or list are kept; the others are only counted. */
const MAX_ENTRY_ISSUES = 100;

/** Where a transform adds its issues. */
export interface IssueList {
  readonly issues: z.core.$ZodRawIssue[];
}

/** Adds an issue; `path` leads from the value that is transformed to what the issue is about. */
export function addIssue({ issues }: IssueList, message: string, path: readonly PropertyKey[] = []): void {
  issues.push({ code: "custom", message, path: [...path], input: undefined });
}

/** What is wrong with one entry of a map or list. */
export interface EntryIssue {
  readonly key: string | number;
  readonly message: string;
}

/**
 * Adds what is wrong with the entries of one map or list. Of very many issues it adds the first ones and a count: zod
 * copies each issue at every level, and passes all of them as the arguments of one call, which overflows the stack from
 * some ten thousand on.
 */
export function addIssues(context: IssueList, found: readonly EntryIssue[]): void {
  for (const { key, message } of found.slice(0, MAX_ENTRY_ISSUES)) addIssue(context, message, [key]);
  const unlisted = found.length - MAX_ENTRY_ISSUES;
  if (unlisted > 0) context.issues.push({ code: "custom", message: "", input: undefined, params: { unlisted } });
}

/** How many issues this one stands for that are only counted. */
export function unlistedIn(issue: z.core.$ZodIssue): number {
  return issue.code === "custom" ? Number(issue.params?.["unlisted"] ?? 0) : 0;
}

/** The value of a nested parse; `undefined` if it failed, and then its issues are added to those of the outer parse. */
export function mergeIssues<T>(result: z.core.util.SafeParseResult<T>, { issues }: IssueList): T | undefined {
  if (result.success) return result.data;
  for (const issue of result.error.issues) issues.push({ ...issue, path: [...issue.path], input: undefined });
  return undefined;
}
