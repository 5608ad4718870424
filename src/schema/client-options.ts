import { isUint8Array } from "node:util/types";
import type { Transport } from "@connectrpc/connect";
import * as z from "zod/mini";
import type { Dial, ImagesClientOptions, TlsOptions } from "../options.js";
import type { Endpoint, Tls } from "../transport/endpoint.js";
import { defaultAddress, parseAddress } from "../transport/parse-address.js";
import { lazy } from "../util/lazy.js";
import { messageOf } from "../util/message-of.js";
import {
  type FieldSchemas,
  isFunction,
  isObject,
  neverThrowing,
  objectOf,
  passing,
  wrong,
  wrongKind,
} from "./building-blocks.js";
import { addIssue, type IssueList } from "./issues.js";
import { delaySchema, retrySchema, timeoutSchema, wholeNumber } from "./options.js";
import { shown } from "./shown.js";
import { tlsIssues } from "./tls.js";
import { leaseSchema, namespaceSchema, textSchema } from "./values.js";

const MAX_COUNT = 1_000_000;

/** The options in which a derived client can differ. */
export const scopeSchemas = {
  namespace: namespaceSchema,
  lease: leaseSchema,
  timeoutMs: timeoutSchema,
  retry: retrySchema,
};

/** Where the calls of a client go: to an address, or to the caller's transport. */
export type Destination = { readonly endpoint: Endpoint } | { readonly transport: Transport };

const isPem = (value: unknown) => typeof value === "string" || isUint8Array(value);
// The caller may overwrite the bytes of a key; each new connection reads them.
const copied = (pem: string | Uint8Array) => (isUint8Array(pem) ? Buffer.from(pem) : pem);
const pem = () =>
  z.pipe(passing<string | Uint8Array>(isPem, wrongKind("must be PEM text or bytes")), z.transform(copied));
const pems = () =>
  z.pipe(
    passing<NonNullable<TlsOptions["ca"]>>(
      (value) => [value].flat().every(isPem),
      wrongKind("must be PEM text or bytes, or a list of them"),
    ),
    z.transform((ca) => (typeof ca === "object" && !isUint8Array(ca) ? ca.map(copied) : copied(ca))),
  );

const tlsFieldsSchema = (): z.ZodMiniType<Tls> =>
  objectOf(
    {
      ca: z.optional(pems()),
      cert: z.optional(pem()),
      key: z.optional(pem()),
      servername: z.optional(textSchema()),
    } satisfies FieldSchemas<TlsOptions>,
    { example: "{ ca }" },
  );

const tlsSchema = (): z.ZodMiniType<Tls> =>
  z.pipe(
    tlsFieldsSchema(),
    z.transform((tls: Tls, context) => {
      for (const { path, message } of tlsIssues(tls)) addIssue(context, message, path);
      return tls;
    }),
  );

/** Whether it has a transport, as a service in memory has, so that the caller has probably meant that. */
const hasTransport = neverThrowing((value) => isObject(value) && "transport" in value);

const transportSchema = () =>
  passing<Transport>(
    (value) => isObject(value) && "unary" in value && typeof value.unary === "function",
    (issue) => {
      const inside = hasTransport(issue.input) ? ": pass its transport" : "";
      return `${wrongKind("must be a Connect transport")(issue)}${inside}`;
    },
  );

const dialSchema = () => passing<Dial>(isFunction, wrongKind("must be a function"));

const NOT_WITH_TRANSPORT = "must not be given with a transport";

/** The options that say where containerd is; at most one may be given, but `tls` needs an address. */
const EXCLUSIVE = [
  ["transport", "dial", NOT_WITH_TRANSPORT],
  ["transport", "address", NOT_WITH_TRANSPORT],
  ["transport", "tls", NOT_WITH_TRANSPORT],
  ["dial", "address", "must not be given with dial"],
  ["dial", "tls", "must not be given with dial, which returns a TLSSocket if the peer speaks TLS"],
] as const;

/** Whether an address can be shown: it has no part that may be a password or a token. */
function isHarmless(address: string): boolean {
  return address.length < 200 && !/[@?#%\n]/.test(address);
}

interface Where extends Pick<ImagesClientOptions, "address" | "dial"> {
  readonly tls: Tls | undefined;
  readonly transport: Transport | undefined;
}

function destinationOf(given: Where, context: IssueList): Destination {
  const { address, tls, transport, dial } = given;
  const refused = (option: keyof Where, rule: string) => {
    addIssue(context, rule, [option]);
    return z.NEVER;
  };
  const conflict = EXCLUSIVE.find(([first, second]) => given[first] !== undefined && given[second] !== undefined);
  if (conflict !== undefined) return refused(conflict[1], conflict[2]);
  if (transport !== undefined) return { transport };
  if (dial !== undefined) return { endpoint: { kind: "dialed", dial } };
  try {
    return { endpoint: parseAddress(address ?? defaultAddress(), tls) };
  } catch (error) {
    const got = address !== undefined && isHarmless(address) ? `, got ${shown(address)}` : "";
    return refused("address", messageOf(error) + got);
  }
}

/** What `new ImagesClient` takes, with the address parsed. */
export const clientOptionsSchema = lazy(() =>
  z.pipe(
    objectOf(
      {
        namespace: namespaceSchema(),
        lease: z.optional(leaseSchema()),
        names: z.optional(z.enum(["any", "canonical"], { error: wrong('must be "any" or "canonical"') })),
        timeoutMs: z.optional(timeoutSchema()),
        retry: z.optional(retrySchema()),
        maxConcurrency: z.optional(wholeNumber(1, MAX_COUNT)),
        waitForDaemonMs: z.optional(delaySchema()),
        address: z.optional(textSchema()),
        tls: z.optional(tlsSchema()),
        transport: z.optional(transportSchema()),
        dial: z.optional(dialSchema()),
      } satisfies FieldSchemas<ImagesClientOptions>,
      { example: '{ namespace: "default" }' },
    ),
    z.transform(({ address, tls, transport, dial, ...options }, context) => ({
      ...options,
      destination: destinationOf({ address, tls, transport, dial }, context),
    })),
  ),
);
