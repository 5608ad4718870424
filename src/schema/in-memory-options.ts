import * as z from "zod/mini";
import { lazy } from "../util/lazy.js";
import { objectOf, objectOr, passing, wrong } from "./building-blocks.js";
import { mapOf } from "./entries.js";
import { optionalFlag, optionalFunction } from "./options.js";
import { validate } from "./validate.js";
import { digestSchema, leaseSchema, textSchema } from "./values.js";

const MAX_DELAY_MS = 2 ** 31 - 1; // of a timer

const isDelay = (value: unknown) => typeof value === "number" && value >= 0 && value <= MAX_DELAY_MS;
const timerSchema = () => passing<number>(isDelay, wrong(`must be from 0 to ${MAX_DELAY_MS}`));

const digestsSchema = () => mapOf<string>((_, digest) => z.safeParse(digestSchema(), digest).error?.issues[0]?.message);

const criFieldsSchema = lazy(() =>
  objectOf({
    configDigests: z.optional(digestsSchema()),
    delayMs: z.optional(timerSchema()),
  }),
);

/** The options that are no switches of a profile. Which versions there are, the profiles know. */
const ownSchemas = () => ({
  version: z.optional(z.unknown()),
  clock: optionalFunction(),
  collectionMs: z.optional(timerSchema()),
  cri: z.optional(objectOr([true, false], criFieldsSchema, "must be true, false or an object")),
  recordsCalls: optionalFlag(),
});

/**
 * A function that throws for options that a service in memory does not have; `profile` has all switches. A new option
 * of another name than `Own` allows does not compile until it has a schema.
 */
export function inMemoryOptionsCheck<Own extends keyof ReturnType<typeof ownSchemas>>(
  profile: object,
): (options: Readonly<Partial<Record<Own, unknown>>>) => void {
  const schema = lazy(() => {
    const switches = Object.entries(profile).map(([name, value]) => [
      name,
      typeof value === "boolean" ? optionalFlag() : z.optional(textSchema()),
    ]);
    return objectOf({ ...ownSchemas(), ...Object.fromEntries(switches) }, { example: '{ version: "2.1" }' });
  });
  return (options) => void validate(schema, options, { method: "InMemoryImages", namespace: "" }, "options");
}

const addressSchema = lazy(() =>
  z.string({ error: wrong("must be a socket path, or host:port with port 0 for any free one") }),
);

/** Throws for what is no address to listen at. */
export function checkListenAddress(address: unknown): void {
  validate(addressSchema, address, { method: "listen", namespace: "" }, ["address"]);
}

/** Throws for a lease that no client could name, and for a namespace that is no text. */
export function checkLease(method: string, id: unknown, namespace: unknown): void {
  const subject = { method, namespace: "" };
  validate(leaseSchema, id, subject, ["id"]);
  validate(textSchema, namespace, subject, ["namespace"]);
}
