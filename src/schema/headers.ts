import * as z from "zod/mini";
import { plainObjectOf } from "./building-blocks.js";
import { addIssues, type EntryIssue, type IssueList } from "./issues.js";
import { kindOf } from "./shown.js";

// Headers that gRPC, HTTP/2 or an option of this client sets, and headers that describe one hop or one body.
const RESERVED_HEADER =
  /^(?:grpc-.*|te|trailers?|expect|host|connection|keep-alive|proxy-(?:connection|authenticate)|transfer-encoding|upgrade|http2-settings|(?:content|accept)-encoding|content-(?:type|length)|user-agent|containerd-(?:namespace|lease))$/;

// As the server's gRPC decodes it: with all of the padding or with none.
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

// A message never shows a value: it may be a password or a token.
function headerProblem(name: string, value: unknown): string | undefined {
  if (!/^[0-9a-z_.-]+$/.test(name)) return "the name must be letters, digits and . _ -";
  if (RESERVED_HEADER.test(name)) return "is reserved: gRPC, or an option of the client, sets it";
  if (typeof value !== "string") return `must be a string, got ${kindOf(value)}`;
  if (!/^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/.test(value))
    return "must be printable ASCII, without spaces at either end";
  return name.endsWith("-bin") && !BASE64.test(value)
    ? "must be one value in base64, as its name ends in -bin"
    : undefined;
}

/** Metadata, with the names in lower case. */
export const headersSchema = () => plainObjectOf(z.transform(checkedHeaders));

function checkedHeaders(input: unknown, context: IssueList): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  const found: EntryIssue[] = [];
  // plainObjectOf has checked that it is an object.
  for (const [key, value] of Object.entries(input as object)) {
    const name = key.toLowerCase();
    const message = headers.has(name) ? "is given twice" : headerProblem(name, value);
    if (message === undefined) headers.set(name, String(value));
    else found.push({ key, message });
  }
  addIssues(context, found);
  return Object.fromEntries(headers);
}
