import * as z from "zod/mini";
import type { RawCallOptions } from "../options.js";
import { lazy } from "../util/lazy.js";
import { type FieldSchemas, isObject, objectOf, passing, wrongKind } from "./building-blocks.js";
import { addIssues, type EntryIssue, type IssueList } from "./issues.js";
import { callFields, optionalFunction } from "./options.js";

type GivenHeaders = NonNullable<RawCallOptions["headers"]>;

/** What a call of `raw` takes. No message shows the value of a header: it may be a password or a token. */
export const rawOptionsSchema = lazy<z.ZodMiniType<RawCallOptions>>(() => {
  const { signal, timeoutMs } = callFields();
  const headers = z.pipe(
    passing<GivenHeaders>(isObject, wrongKind("must be Headers, an object or a list of pairs")),
    z.transform(headersOf),
  );
  const listener = optionalFunction<(headers: Headers) => void>();
  return objectOf({
    signal,
    timeoutMs,
    headers: z.optional(headers),
    onHeader: listener,
    onTrailer: listener,
  } satisfies FieldSchemas<RawCallOptions>);
});

function headersOf(given: GivenHeaders, context: IssueList): Headers {
  const headers = new Headers();
  const found: EntryIssue[] = [];
  const pairs: readonly unknown[] = Symbol.iterator in given ? [...given] : Object.entries(given);
  for (const [index, pair] of pairs.entries()) {
    const [name, value]: readonly unknown[] = Array.isArray(pair) ? pair : [];
    if (append(headers, name, value)) continue;
    const key = typeof name === "string" ? name : index; // anything else may hold a value
    found.push({ key, message: "must be a text that HTTP allows, and its name too" });
  }
  addIssues(context, found);
  return headers;
}

/** Whether the header could be appended. `Headers` itself would take `undefined` for the text "undefined". */
function append(headers: Headers, name: unknown, value: unknown): boolean {
  try {
    if (typeof name !== "string" || typeof value !== "string") return false;
    headers.append(name, value);
    return true;
  } catch {
    return false;
  }
}
