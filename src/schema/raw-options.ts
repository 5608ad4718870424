import type { RawCallOptions } from "../options.js";
import { invalid, type Subject, wrapErrors } from "./validate.js";

/** A copy of the options of a `raw` call; no message shows the value of a header. */
export function rawCallOptions(options: RawCallOptions | undefined, subject: Subject): RawCallOptions {
  const copy = wrapErrors(() => ({ ...options }), subject);
  const { headers } = copy;
  if (headers === undefined) return copy;
  const pairs = wrapErrors(() => (Symbol.iterator in headers ? [...headers] : Object.entries(headers)), subject);
  return { ...copy, headers: headersOf(pairs, subject) };
}

function headersOf(pairs: readonly unknown[], subject: Subject): Headers {
  const headers = new Headers();
  for (const pair of pairs) {
    const [name, value] = Array.isArray(pair) ? pair : [];
    try {
      headers.append(name, value);
    } catch {
      const path = typeof name === "string" ? `headers[${JSON.stringify(name)}]` : "headers";
      throw invalid([{ path, message: "must have a name and a value that HTTP allows" }], subject);
    }
  }
  return headers;
}
