import { isError } from "../util/is-error.js";

/** An error whose `code` comes from the operating system, Node or OpenSSL, such as `ENOENT`. */
export type SystemError = Error & {
  readonly code: string;
  readonly syscall?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly path?: unknown;
};

const MAX_CAUSES = 100; // a cause may lead back to its error

/** The first system error among `error` and its causes. */
export function systemErrorOf(error: unknown, depth = 0): SystemError | undefined {
  if (!isError(error) || depth > MAX_CAUSES) return undefined;
  if (error instanceof AggregateError) return systemErrorOf(error.errors[0], depth + 1); // one for each address
  return isSystemError(error) ? error : systemErrorOf(error.cause, depth + 1);
}

/** What was thrown, or an error for what cannot be read, such as an object without a prototype or a revoked proxy. */
export function readable<T>(thrown: T): T | Error {
  try {
    systemErrorOf(thrown)?.message.trim();
    String(thrown);
    return thrown;
  } catch {
    return new Error("it threw a value without a text");
  }
}

export function isSystemError(error: unknown): error is SystemError {
  return isError(error) && "code" in error && typeof error.code === "string";
}
