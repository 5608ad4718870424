import { hasPlainPrototype } from "../util/plain-prototype.js";

/** Deeper than any request; a cycle ends here. */
const MAX_DEPTH = 8;

/**
 * A copy of a request: it is encoded only when the generated code is loaded, and the caller may have changed it by
 * then. What is neither a plain object nor an array is not copied.
 */
export function copiedRequest<T>(request: T): T {
  try {
    return copied(request, 0) as T; // of the same shape
  } catch {
    return request; // the encoder will say what is wrong with it
  }
}

function copied(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => copied(item, depth + 1));
  if (typeof value !== "object" || value === null || !hasPlainPrototype(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item, depth + 1)]));
}
