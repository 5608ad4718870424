import { ValidationError } from "../errors.js";

/** Refuses an argument of the filter builder. */
export function refuse(path: string, message: string): never {
  throw new ValidationError([{ path, message }], { method: "filter", namespace: "", imageName: undefined });
}

/** Refuses what cannot be the value of a name, digest, label or annotation. `instead` tells what may be meant by "". */
export function checkText(path: string, value: unknown, instead: string): string {
  if (typeof value !== "string") return refuse(path, `must be a string, not ${kindOf(value)}`);
  if (value === "") return refuse(path, `must not be empty${instead}`);
  return value.isWellFormed() ? value : refuse(path, "must not contain a lone surrogate, which UTF-8 cannot carry");
}

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "an array" : `a ${typeof value}`.replace("a object", "an object");
}
