import { isDate } from "node:util/types";
import type { Transport } from "@connectrpc/connect";
import * as z from "zod/mini";
import { DEFAULT_ADDRESS } from "../defaults.js";
import type { CallOptions, CloseOptions, DeleteOptions, RetryOptions, TlsOptions, WriteOptions } from "../options.js";
import type { Endpoint } from "../transport/endpoint.js";
import { parseAddress } from "../transport/parse-address.js";
import { addIssues, type EntryIssue, missingOr, passing, plainObjectOf } from "./check.js";
import { adopt, digestSchema, leaseSchema, namespaceSchema } from "./values.js";

// gRPC's timeout header has room for eight digits.
const MAX_MS = 99_999_999;
const MAX_COUNT = 1_000_000;

export function wholeNumber(minimum: number, maximum: number, what: string) {
  return z.number({ error: missingOr("must be a number") }).check(
    z.refine<number>((value) => Number.isInteger(value) && value >= minimum && value <= maximum, {
      error: `must be a whole number${what} from ${minimum} to ${maximum}`,
    }),
  );
}

const timeoutSchema = wholeNumber(1, MAX_MS, " of milliseconds");
const delaySchema = wholeNumber(0, MAX_MS, " of milliseconds");
export const flag = z.boolean({ error: "must be true or false" });

// Duck-typed: a signal may come from another realm or a polyfill.
function isSignal(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("aborted" in value)) return false;
  return ["addEventListener", "removeEventListener"].every((name) => typeof Reflect.get(value, name) === "function");
}

const retryFields = plainObjectOf(
  z.strictObject({
    maxAttempts: z.optional(wholeNumber(1, 100, "")),
    baseDelayMs: z.optional(delaySchema),
    maxDelayMs: z.optional(delaySchema),
    onRetry: z.optional(
      passing<NonNullable<RetryOptions["onRetry"]>>((value) => typeof value === "function", "must be a function"),
    ),
  }),
);

/** Retry options as they are given; `false` stands for a single attempt. */
export const retrySchema: z.ZodMiniType<RetryOptions | false> = z.transform((input: unknown, context) => {
  if (input === false) return false;
  if (typeof input === "object" && input !== null) return adopt(z.safeParse(retryFields, input), context) ?? {};
  const message = "must be false, or maxAttempts (1 to 100), baseDelayMs, maxDelayMs and onRetry";
  context.issues.push({ code: "custom", message, input });
  return z.NEVER;
});

// Set by gRPC, by HTTP/2 or by this client's own options, or about one hop or one body, of which this client says what
// has to be said.
const RESERVED_HEADER =
  /^(?:grpc-.*|te|trailers?|expect|host|connection|keep-alive|proxy-(?:connection|authenticate)|transfer-encoding|upgrade|http2-settings|(?:content|accept)-encoding|content-(?:type|length)|user-agent|containerd-(?:namespace|lease))$/;

// As the server's gRPC reads it: with all of its padding or with none.
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

function headerProblem(name: string, value: unknown): string | undefined {
  if (!/^[0-9a-z_.-]+$/.test(name)) return "the name must be letters, digits and . _ -";
  if (RESERVED_HEADER.test(name)) return "is reserved: gRPC, or an option of the client, sets it";
  if (typeof value !== "string") return "must be a string";
  if (!/^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/.test(value))
    return "must be printable ASCII, without spaces at either end";
  return name.endsWith("-bin") && !BASE64.test(value)
    ? "must be one value in base64, as its name ends in -bin"
    : undefined;
}

/** Further metadata, names turned to lower case. */
export const headersSchema = plainObjectOf(
  z.transform((input: unknown, context): Readonly<Record<string, string>> => {
    const headers = new Map<string, string>();
    const found: EntryIssue[] = [];
    // plain() has seen that it is an object.
    for (const [key, value] of Object.entries(input as object)) {
      const name = key.toLowerCase();
      const message = headers.has(name) ? "is given twice" : headerProblem(name, value);
      if (message === undefined) headers.set(name, String(value));
      else found.push({ key, message });
    }
    addIssues(context, found);
    return Object.fromEntries(headers);
  }),
);

export const callFields = {
  signal: z.optional(passing<AbortSignal>(isSignal, "must be an AbortSignal")),
  timeoutMs: z.optional(timeoutSchema),
  retry: z.optional(retrySchema),
  headers: z.optional(headersSchema),
};

const dateSchema = z.pipe(
  passing<Date>((value) => isDate(value) && !Number.isNaN(value.getTime()), "must be a valid Date"),
  z.transform((date: Date) => new Date(date)),
);

export const callOptionsSchema: z.ZodMiniType<CallOptions> = plainObjectOf(z.strictObject(callFields));

export const writeFields = { ...callFields, sourceDateEpoch: z.optional(dateSchema) };

export const writeOptionsSchema: z.ZodMiniType<WriteOptions> = plainObjectOf(z.strictObject(writeFields));

export const deleteOptionsSchema: z.ZodMiniType<DeleteOptions> = plainObjectOf(
  z.strictObject({
    ...callFields,
    sync: z.optional(flag),
    ignoreMissing: z.optional(flag),
    ifTarget: z.optional(
      plainObjectOf(
        z.strictObject({
          digest: digestSchema,
          fallback: z.optional(z.literal("check-then-delete", { error: 'must be "check-then-delete"' })),
        }),
      ),
    ),
  }),
);

export const closeOptionsSchema: z.ZodMiniType<CloseOptions> = plainObjectOf(
  z.strictObject({ graceMs: z.optional(delaySchema) }),
);

/** The options of one client that derived clients can change. */
export const scopeSchemas = {
  namespace: namespaceSchema,
  lease: leaseSchema,
  timeoutMs: timeoutSchema,
  retry: retrySchema,
};

/** Where a client's calls go: an address, or a transport of the caller's. */
export type Destination = { readonly endpoint: Endpoint } | { readonly transport: Transport };

const isPem = (value: unknown) => typeof value === "string" || value instanceof Uint8Array;
const pem = passing<string | Uint8Array>(isPem, "must be PEM text or bytes");
const pems = z.pipe(
  passing<NonNullable<TlsOptions["ca"]>>(
    (value) => isPem(value) || (Array.isArray(value) && value.every(isPem)),
    "must be PEM text or bytes, or a list of them",
  ),
  z.transform((ca) => (typeof ca === "object" && !(ca instanceof Uint8Array) ? [...ca] : ca)),
);

const tlsSchema: z.ZodMiniType<TlsOptions> = plainObjectOf(
  z.strictObject({
    ca: z.optional(pems),
    cert: z.optional(pem),
    key: z.optional(pem),
    servername: z.optional(z.string({ error: "must be a string" })),
  }),
);

const transportSchema = passing<Transport>(
  (value) => typeof value === "object" && value !== null && "unary" in value && typeof value.unary === "function",
  "must be a Connect transport",
);

/** Everything that `new ImagesClient` takes, with the address read. */
export const clientOptionsSchema = z.pipe(
  plainObjectOf(
    z.strictObject({
      namespace: namespaceSchema,
      lease: z.optional(leaseSchema),
      timeoutMs: z.optional(timeoutSchema),
      retry: z.optional(retrySchema),
      maxConcurrency: z.optional(wholeNumber(1, MAX_COUNT, "")),
      waitForDaemonMs: z.optional(delaySchema),
      address: z.optional(z.string({ error: "must be a string" })),
      tls: z.optional(tlsSchema),
      transport: z.optional(transportSchema),
    }),
  ),
  z.transform(({ address, tls, transport, ...options }, context) => {
    const refuse = (path: string, message: string) => {
      context.issues.push({ code: "custom", path: [path], message, input: undefined });
      return z.NEVER;
    };
    if (transport !== undefined && address !== undefined)
      return refuse("address", "must not be given with a transport");
    if (transport !== undefined && tls !== undefined) return refuse("tls", "must not be given with a transport");
    if (transport !== undefined) return { ...options, destination: { transport } satisfies Destination };
    try {
      const endpoint = parseAddress(address ?? DEFAULT_ADDRESS, tls);
      return { ...options, destination: { endpoint } satisfies Destination };
    } catch (error) {
      return refuse("address", error instanceof Error ? error.message : String(error));
    }
  }),
);
