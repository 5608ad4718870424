import { ValidationError } from "../errors.js";

/** Refuses an argument of the filter builder. */
export function refuse(path: string, message: string): never {
  throw new ValidationError([{ path, message }], { method: "filter", namespace: "" });
}

/** Refuses what no name, digest, label or annotation can be. */
export function checkText(path: string, value: unknown): string {
  if (typeof value !== "string") return refuse(path, "must be a string");
  if (value === "") return refuse(path, "must not be empty: see present() and absent()");
  return value.isWellFormed() ? value : refuse(path, "must not have a lone surrogate");
}
