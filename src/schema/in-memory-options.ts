import * as z from "zod/mini";
import { objectOf, type Subject, validate } from "./validate.js";

/** Throws for an option that a service in memory does not have; `known` names those that it has. */
export function checkOptionNames(options: unknown, known: readonly string[], subject: Subject): void {
  const fields = Object.fromEntries(known.map((name) => [name, z.optional(z.unknown())]));
  validate(objectOf(fields, { example: '{ version: "2.1" }' }), options, subject, "options");
}
