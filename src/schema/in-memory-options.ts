import * as z from "zod/mini";
import { lazy } from "../util/lazy.js";
import { isPlainObject, objectOf, passing, validate, wrong } from "./validate.js";

const criSchema = lazy(() =>
  z.optional(
    passing((value) => typeof value === "boolean" || isPlainObject(value), wrong("must be true, false or an object")),
  ),
);

/** A function that throws for options that a service in memory does not have; `known` names those that it has. */
export function inMemoryOptionsCheck(known: readonly string[]): (options: unknown) => void {
  const fields = Object.fromEntries(
    known.map((name) => [name, name === "cri" ? criSchema() : z.optional(z.unknown())]),
  );
  const schema = lazy(() => objectOf(fields, { example: '{ version: "2.1" }' }));
  return (options) => void validate(schema, options, { method: "InMemoryImages", namespace: "" }, "options");
}

const addressSchema = lazy(() =>
  z.string({ error: wrong("must be a socket path, or host:port with port 0 for any free one") }),
);

/** Throws for what is no address to listen at. */
export function checkListenAddress(address: unknown): void {
  validate(addressSchema, address, { method: "listen", namespace: "" }, ["address"]);
}
