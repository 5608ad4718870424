import { printable, shortened } from "./util/printable.js";
import { subjectOf } from "./util/subject.js";

/**
 * The names of the gRPC status codes; `code` of every {@link ImagesError} is one of them.
 *
 * @example
 * ```ts
 * const advice: Partial<Record<ErrorCode, string>> = { not_found: "pull it first", unavailable: "start containerd" };
 * const error = await images.get("app:2").catch((reason) => reason);
 * isImagesError(error) && advice[error.code]; // => "pull it first"
 * ```
 */
export type ErrorCode =
  | "canceled"
  | "unknown"
  | "invalid_argument"
  | "deadline_exceeded"
  | "not_found"
  | "already_exists"
  | "permission_denied"
  | "resource_exhausted"
  | "failed_precondition"
  | "aborted"
  | "out_of_range"
  | "unimplemented"
  | "internal"
  | "unavailable"
  | "data_loss"
  | "unauthenticated";

/**
 * What is known about the effect of a failed call.
 *
 * - `not-applied`: the change was not made, and it never will be.
 * - `applied`: the change was made, although the call failed.
 * - `unknown`: nothing could settle it; the change was made, may be made later, or never will be.
 *
 * @example
 * ```ts
 * const next: Record<Outcome, string> = { "not-applied": "try again", applied: "go on", unknown: "look first" };
 * const nowhere = new ImagesClient({ namespace: "default", address: "/run/nowhere.sock", waitForDaemonMs: 0 });
 * const error = await nowhere.delete("app:1").catch((reason) => reason);
 * isImagesError(error) && next[error.outcome]; // => "try again"
 * ```
 */
export type Outcome = "not-applied" | "applied" | "unknown";

/**
 * The properties of an {@link ImagesError}.
 *
 * @example
 * ```ts
 * const call = { method: "get", namespace: "default", attempts: 5 };
 * const details: ImagesErrorDetails = { ...call, code: "unavailable", outcome: "not-applied" };
 * isUnavailable(new ImagesError("get: nobody listens", details)); // => true
 * ```
 */
export interface ImagesErrorDetails {
  readonly code: ErrorCode;
  readonly method: string;
  readonly namespace: string;
  readonly imageName?: string | undefined;
  readonly attempts: number;
  readonly outcome: Outcome;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * One failed rule of a request.
 *
 * @example
 * ```ts
 * const error = await images.create({ name: "app:2", target: { ...target, size: 0 } }).catch((reason) => reason);
 * const issues: readonly ValidationIssue[] = isValidationError(error) ? error.issues : [];
 * issues.map(({ path }) => path); // => ["target.size"]
 * ```
 */
export interface ValidationIssue {
  /** Where in the request, for example `target.digest`, `labels.env` or `labels["a.b"]`. */
  readonly path: string;
  /** The rule, for example `must not be empty`. */
  readonly message: string;
}

/**
 * An {@link ImagesError} as a plain object, as `toJSON` returns it. It passes through `postMessage` and JSON without
 * loss, and the guards accept it.
 *
 * @example
 * ```ts
 * import { parentPort } from "node:worker_threads";
 * import type { PlainImagesError } from "containerd-images";
 *
 * const error = await images.get("app:2").catch((reason) => reason);
 * const plain: PlainImagesError | undefined = isImagesError(error) ? error.toJSON() : undefined;
 * parentPort?.postMessage(plain); // on the other side: isNotFound(plain)
 * ```
 */
export interface PlainImagesError extends Omit<ImagesErrorDetails, "cause"> {
  /** `ImagesError`, `ValidationError`, `FilterSyntaxError` or `ReferenceSyntaxError`. */
  readonly name: string;
  readonly message: string;
  /** Of a {@link ValidationError}. */
  readonly issues?: readonly ValidationIssue[] | undefined;
  /** Of a {@link ValidationError}. */
  readonly issueCount?: number | undefined;
  /** Of a {@link FilterSyntaxError} and a {@link ReferenceSyntaxError}. */
  readonly input?: string | undefined;
  /** Of a {@link FilterSyntaxError} and a {@link ReferenceSyntaxError}. */
  readonly position?: number | undefined;
  /** Of a {@link FilterSyntaxError} and a {@link ReferenceSyntaxError}. */
  readonly reason?: string | undefined;
}

/** The longest line of a message, in UTF-16 units. */
const MAX_LINE = 10_000;
const MAX_ISSUES = 100;
const MAX_ISSUES_SHOWN = 20;
const MAX_ISSUE_SHOWN = 400;

/** The properties of every error that is found before anything is sent. */
const UNSENT = { code: "invalid_argument", attempts: 0, outcome: "not-applied" } as const;

const BRAND = Symbol.for("containerd-images.error");

/**
 * The error of every call that fails.
 *
 * `code` says what happened, and `outcome` says whether the change was made. `canceled` always means that the caller
 * cancelled; then `cause` is the reason of the signal. After a lost connection `cause` is the error of the system or of
 * the transport, if there was one; a status of the server has no cause. Use the guards, such as {@link isNotFound},
 * instead of `instanceof`: they also recognise errors of another copy of this package.
 *
 * @example
 * ```ts
 * const error = await images.update("app:2", { labels: { env: "prod" } }).catch((reason) => reason);
 * if (!isImagesError(error)) throw error;
 * [error.code, error.outcome, error.imageName]; // => ["not_found", "not-applied", "app:2"]
 * ```
 */
export class ImagesError extends Error {
  override readonly name: string = "ImagesError";
  /** gRPC status name. */
  declare readonly code: ErrorCode;
  /** The method or function that was called, for example `get`, `upsert` or `parse`; not the RPCs that it makes. */
  declare readonly method: string;
  /** Namespace of the call; empty for functions that need none. */
  declare readonly namespace: string;
  /** Name of the image that the call was about, if it was about one. */
  declare readonly imageName: string | undefined;
  /**
   * How many requests of the call were handed to a connection, over all its RPCs. Requests that read a record back
   * after a lost response, or that ask for the server's version, are not counted. Nor are those that find out whether
   * the server is one of 2017, or whether a lease exists, unless the call fails because they fail. 0 if nothing else
   * was sent.
   */
  declare readonly attempts: number;
  /** Whether the change was made; always `not-applied` for reads. */
  declare readonly outcome: Outcome;
  /**
   * What to do about it, if the library knows. A hint that is only a guess ends with
   * `diagnose() finds out more`. The message does not contain the hint; {@link toString} appends it.
   */
  declare readonly hint: string | undefined;

  /** `message` may have several lines; each is escaped as {@link printable} does it. */
  constructor(message: string | readonly string[], { cause, hint, ...known }: ImagesErrorDetails) {
    super(textOf(message), cause === undefined ? undefined : { cause });
    const own = { imageName: undefined, ...known, hint: hint && textOf(hint) };
    // All of them exist, as their types say, but an error that is printed or copied shows only those that have a value.
    for (const [name, value] of Object.entries(own))
      Object.defineProperty(this, name, { value, enumerable: value !== undefined, writable: true });
    Object.defineProperty(this, BRAND, { value: true });
  }

  /**
   * Name, message and, in parentheses, the hint.
   *
   * @example
   * ```ts
   * const nowhere = new ImagesClient({ namespace: "default", address: "/run/nowhere.sock", waitForDaemonMs: 0 });
   * const error = await nowhere.get("app:1").catch((reason) => reason);
   * console.error(String(error)); // one line to log, with the hint; console.error(error) shows all of it
   * ```
   */
  override toString(): string {
    return super.toString() + (this.hint ? ` (${this.hint})` : "");
  }

  /**
   * The error as a plain object, without `cause` and `stack`.
   *
   * `JSON.stringify` calls it. Call it yourself before `postMessage` and `structuredClone`, which keep only the
   * message, the stack and the cause of an error. The `error` event of a worker keeps all properties, so it needs no
   * `toJSON`.
   *
   * @example
   * ```ts
   * const error = await images.get("app:2").catch((reason) => reason);
   * const received = structuredClone(error.toJSON());
   * isNotFound(received) && received.imageName; // => "app:2"
   * ```
   */
  toJSON(): PlainImagesError {
    // Spreading copies the properties above, but not the message, because it is not enumerable.
    return { ...this, message: this.message };
  }
}

function textOf(lines: string | readonly string[]): string {
  return [lines]
    .flat()
    .map((line) => printable(shortened(line, MAX_LINE)))
    .join("\n");
}

/**
 * The error of a request that breaks a rule of the server or of this library. Nothing was sent.
 *
 * Its code is `invalid_argument` and its outcome `not-applied`.
 *
 * @example
 * ```ts
 * const error = await images.create({ name: "", target: { ...target, size: 0 } }).catch((reason) => reason);
 * if (!isValidationError(error)) throw error;
 * [error.attempts, error.issues.map(({ path }) => path)]; // => [0, ["name", "target.size"]]
 * ```
 */
export class ValidationError extends ImagesError {
  override readonly name = "ValidationError";
  /** The rules that failed, in the order of the request's fields; the first 100 of them. */
  declare readonly issues: readonly ValidationIssue[];
  /** How many rules failed. */
  declare readonly issueCount: number;

  /** `issueCount` is the number of all issues, if `issues` does not have all of them. */
  constructor(
    issues: readonly ValidationIssue[],
    details: Pick<ImagesErrorDetails, "method" | "namespace" | "imageName" | "hint" | "cause"> & {
      readonly issueCount?: number | undefined;
    },
  ) {
    const { issueCount = issues.length, ...call } = details;
    const shown = issues.slice(0, MAX_ISSUES_SHOWN).map(issueText);
    const more = issueCount - shown.length;
    if (more > 0) shown.push(`and ${more} more`);
    super(`${subjectOf(call)}: ${shown.join("; ")}`, { ...call, ...UNSENT });
    Object.assign(this, { issues: issues.slice(0, MAX_ISSUES), issueCount });
  }
}

function issueText({ path, message }: ValidationIssue): string {
  return shortened(path === "" ? message : `${path}: ${message}`, MAX_ISSUE_SHOWN);
}

/**
 * The error of a filter string that containerd would reject.
 *
 * @example
 * ```ts
 * try {
 *   parse("labels.env=prod");
 * } catch (error) {
 *   if (!isFilterSyntaxError(error)) throw error;
 *   console.error(`${error.input}\n${" ".repeat(error.position)}^ ${error.reason}`);
 * }
 * ```
 */
export class FilterSyntaxError extends ImagesError {
  override readonly name = "FilterSyntaxError";
  /** The string that was parsed. */
  declare readonly input: string;
  /** Index into {@link input}, in UTF-16 units, of the first character that cannot be read. */
  declare readonly position: number;
  /** What is wrong at this position. */
  declare readonly reason: string;

  constructor(message: string, at: { readonly input: string; readonly position: number; readonly reason: string }) {
    super(message.split("\n"), { ...UNSENT, method: "parse", namespace: "" });
    Object.assign(this, at);
  }
}

/**
 * A text that is no image reference, by the rules of Docker, CRI and nerdctl. `containerd-images/reference` throws it;
 * no method of the client does.
 *
 * Its code is `invalid_argument` and its outcome `not-applied`.
 *
 * @example
 * ```ts
 * import { isReferenceSyntaxError } from "containerd-images";
 * import { parseReference } from "containerd-images/reference";
 *
 * try {
 *   parseReference("ghcr.io/Team/app");
 * } catch (error) {
 *   if (!isReferenceSyntaxError(error)) throw error;
 *   console.error(`${error.input}\n${" ".repeat(error.position)}^ ${error.reason}`);
 * }
 * ```
 */
export class ReferenceSyntaxError extends ImagesError {
  override readonly name = "ReferenceSyntaxError";
  /** The text that was parsed. */
  declare readonly input: string;
  /** Index into {@link input}, in UTF-16 units, of the first character that breaks a rule. */
  declare readonly position: number;
  /** The rule that is broken there. */
  declare readonly reason: string;

  constructor(message: string, at: { readonly input: string; readonly position: number; readonly reason: string }) {
    super(message.split("\n"), { ...UNSENT, method: "parseReference", namespace: "" });
    Object.assign(this, at);
  }
}

/**
 * Whether `error` is an {@link ImagesError} of this or any other copy of the package, or one that came from another
 * thread or process: by the `error` event of a worker, or as the plain object of {@link ImagesError.toJSON}. The plain
 * object has no `cause`, no `stack` and no methods.
 *
 * @example
 * ```ts
 * const error = await images.get("app:2").catch((reason) => reason);
 * isImagesError(error) ? error.code : "a defect of the program"; // => "not_found"
 * isImagesError(new TypeError("x is not a function")); // => false
 * ```
 */
export function isImagesError(error: unknown): error is ImagesError {
  try {
    return typeof error === "object" && error !== null && (BRAND in error || hasDetails(error));
  } catch {
    return false; // a value whose properties cannot be read, such as a revoked proxy
  }
}

const OUTCOMES: readonly unknown[] = ["not-applied", "applied", "unknown"] satisfies readonly Outcome[];

// Symbols are lost on the way from another thread.
function hasDetails(error: object): boolean {
  const { message, code, method, namespace, attempts, outcome }: Partial<Record<keyof ImagesError, unknown>> = error;
  const isText = [message, code, method, namespace].every((each) => typeof each === "string");
  return isText && typeof attempts === "number" && OUTCOMES.includes(outcome);
}

/**
 * Whether `error` is a {@link ValidationError} of this or any other copy of the package.
 *
 * @example
 * ```ts
 * const error = await images.tag("app:1", "").catch((reason) => reason);
 * isValidationError(error) && error.issues[0]?.path; // => "name"
 * ```
 */
export function isValidationError(error: unknown): error is ValidationError {
  return isImagesError(error) && error.name === "ValidationError" && "issues" in error;
}

/**
 * Whether `error` is a {@link FilterSyntaxError} of this or any other copy of the package.
 *
 * @example
 * ```ts
 * const read = (text: string) => {
 *   try {
 *     return parse(text);
 *   } catch (error) {
 *     if (isFilterSyntaxError(error)) return undefined;
 *     throw error;
 *   }
 * };
 * read("name=app:1"); // => undefined
 * ```
 */
export function isFilterSyntaxError(error: unknown): error is FilterSyntaxError {
  return isImagesError(error) && error.name === "FilterSyntaxError" && "input" in error;
}

/**
 * Whether `error` is a {@link ReferenceSyntaxError} of this or any other copy of the package.
 *
 * @example
 * ```ts
 * import { isReferenceSyntaxError } from "containerd-images";
 * import { canonicalName } from "containerd-images/reference";
 *
 * const read = (text: string) => {
 *   try {
 *     return canonicalName(text);
 *   } catch (error) {
 *     if (isReferenceSyntaxError(error)) return undefined;
 *     throw error;
 *   }
 * };
 * read("alpine:"); // => undefined
 * ```
 */
export function isReferenceSyntaxError(error: unknown): error is ReferenceSyntaxError {
  return isImagesError(error) && error.name === "ReferenceSyntaxError" && "input" in error;
}

/**
 * An error with a certain code; the guards for codes narrow to this type.
 *
 * @example
 * ```ts
 * const explain = ({ imageName, code }: ErrorWithCode<"not_found" | "already_exists">) => `${imageName}: ${code}`;
 * const error = await images.create({ name: "app:1", target }).catch((reason) => reason);
 * isAlreadyExists(error) && explain(error); // => "app:1: already_exists"
 * ```
 */
export type ErrorWithCode<C extends ErrorCode> = ImagesError & { readonly code: C };

function guard<C extends ErrorCode>(code: C): (error: unknown) => error is ErrorWithCode<C> {
  return (error): error is ErrorWithCode<C> => isImagesError(error) && error.code === code;
}

/**
 * The caller's signal ended the call. A server that shuts down causes `unavailable` instead.
 *
 * @example
 * ```ts
 * const abort = new AbortController();
 * const answer = images.get("app:1", { signal: abort.signal });
 * abort.abort("the user left");
 * const error = await answer.catch((reason) => reason);
 * isCanceled(error) && error.cause; // => "the user left"
 * ```
 */
export const isCanceled: (error: unknown) => error is ErrorWithCode<"canceled"> = /* @__PURE__ */ guard("canceled");

/**
 * The server failed, and its status does not say how.
 *
 * @example
 * ```ts
 * try {
 *   await images.create({ name: "app:2", target });
 * } catch (error) {
 *   if (!isUnknown(error)) throw error;
 *   console.error(error.message, error.outcome); // the server's own words, and whether the record was made
 * }
 * ```
 */
export const isUnknown: (error: unknown) => error is ErrorWithCode<"unknown"> = /* @__PURE__ */ guard("unknown");

/**
 * The request breaks a rule.
 *
 * @example
 * ```ts
 * const error = await images.get("").catch((reason) => reason);
 * isInvalidArgument(error) && error.attempts; // => 0
 * ```
 */
export const isInvalidArgument: (error: unknown) => error is ErrorWithCode<"invalid_argument"> =
  /* @__PURE__ */ guard("invalid_argument");

/**
 * The deadline of the call, which includes all its attempts, has passed, or an `AbortSignal.timeout` fired.
 *
 * @example
 * ```ts
 * const error = await images.waitFor("app:2", "present", { timeoutMs: 20 }).catch((reason) => reason);
 * isDeadlineExceeded(error); // => true
 * ```
 */
export const isDeadlineExceeded: (error: unknown) => error is ErrorWithCode<"deadline_exceeded"> =
  /* @__PURE__ */ guard("deadline_exceeded");

/**
 * There is no record of that name in the namespace.
 *
 * @example
 * ```ts
 * try {
 *   await images.update("app:2", { labels: { env: "prod" } });
 * } catch (error) {
 *   if (!isNotFound(error)) throw error;
 *   console.log(`${error.imageName} is not in ${error.namespace}`);
 * }
 * ```
 */
export const isNotFound: (error: unknown) => error is ErrorWithCode<"not_found"> = /* @__PURE__ */ guard("not_found");

/**
 * A record of that name already exists.
 *
 * @example
 * ```ts
 * const error = await images.tag("app:1", "app:1").catch((reason) => reason);
 * isAlreadyExists(error) && error.outcome; // => "not-applied"
 * ```
 */
export const isAlreadyExists: (error: unknown) => error is ErrorWithCode<"already_exists"> =
  /* @__PURE__ */ guard("already_exists");

/**
 * This user may not open the socket, or a proxy forbids the request.
 *
 * @example
 * ```ts
 * try {
 *   await images.list();
 * } catch (error) {
 *   if (!isPermissionDenied(error)) throw error;
 *   console.error(error.message, error.hint); // run as root, for example
 * }
 * ```
 */
export const isPermissionDenied: (error: unknown) => error is ErrorWithCode<"permission_denied"> =
  /* @__PURE__ */ guard("permission_denied");

/**
 * A message is larger than a limit, the server asks for fewer calls, or this process has no file descriptor left.
 *
 * @example
 * ```ts
 * const headers = { "x-note": "a".repeat(2 ** 20) };
 * const error = await images.get("app:1", { headers }).catch((reason) => reason);
 * isResourceExhausted(error) && error.hint; // => "all headers of a call together have room for 64 KiB"
 * ```
 */
export const isResourceExhausted: (error: unknown) => error is ErrorWithCode<"resource_exhausted"> =
  /* @__PURE__ */ guard("resource_exhausted");

/**
 * The state does not allow the call: a closed client, an unsupported server version, a moved tag, a lease that does not
 * exist.
 *
 * @example
 * ```ts
 * const moved = { digest: `sha256:${"b".repeat(64)}` };
 * const error = await images.delete("app:1", { ifTarget: moved }).catch((reason) => reason);
 * isFailedPrecondition(error) && error.outcome; // => "not-applied"
 * ```
 */
export const isFailedPrecondition: (error: unknown) => error is ErrorWithCode<"failed_precondition"> =
  /* @__PURE__ */ guard("failed_precondition");

/**
 * The call was given up because it conflicts with other calls.
 *
 * @example
 * ```ts
 * const write = () => images.upsert({ name: "app:1", target });
 * await write().catch((error) => (isAborted(error) ? write() : Promise.reject(error)));
 * ```
 */
export const isAborted: (error: unknown) => error is ErrorWithCode<"aborted"> = /* @__PURE__ */ guard("aborted");

/**
 * A value is outside the range that the server accepts.
 *
 * @example
 * ```ts
 * import { InMemoryImages } from "containerd-images/testing";
 *
 * const service = new InMemoryImages();
 * service.failNext("get", "out_of_range");
 * await using images = new ImagesClient({ namespace: "default", transport: service.transport });
 * isOutOfRange(await images.get("app:1").catch((reason) => reason)); // => true
 * ```
 */
export const isOutOfRange: (error: unknown) => error is ErrorWithCode<"out_of_range"> =
  /* @__PURE__ */ guard("out_of_range");

/**
 * The server does not have the service, the method or the field.
 *
 * @example
 * ```ts
 * try {
 *   await images.list();
 * } catch (error) {
 *   if (!isUnimplemented(error)) throw error;
 *   console.error(error.hint); // containerd's own TCP port, for example, has no Images service
 * }
 * ```
 */
export const isUnimplemented: (error: unknown) => error is ErrorWithCode<"unimplemented"> =
  /* @__PURE__ */ guard("unimplemented");

/**
 * The response cannot be decoded, or the server reports an internal error.
 *
 * @example
 * ```ts
 * try {
 *   await images.list();
 * } catch (error) {
 *   if (!isInternal(error)) throw error;
 *   console.error(error.message); // worth a bug report, of this library or of the server
 * }
 * ```
 */
export const isInternal: (error: unknown) => error is ErrorWithCode<"internal"> = /* @__PURE__ */ guard("internal");

/**
 * The daemon cannot be reached, or the connection to it broke.
 *
 * @example
 * ```ts
 * const nowhere = new ImagesClient({ namespace: "default", address: "/run/nowhere.sock", waitForDaemonMs: 0 });
 * const error = await nowhere.create({ name: "app:1", target }).catch((reason) => reason);
 * isUnavailable(error) && error.outcome; // => "not-applied"
 * ```
 */
export const isUnavailable: (error: unknown) => error is ErrorWithCode<"unavailable"> =
  /* @__PURE__ */ guard("unavailable");

/**
 * The server lost data.
 *
 * @example
 * ```ts
 * import { InMemoryImages } from "containerd-images/testing";
 *
 * const service = new InMemoryImages();
 * service.failNext("list", "data_loss");
 * await using images = new ImagesClient({ namespace: "default", transport: service.transport });
 * isDataLoss(await images.list().catch((reason) => reason)); // => true
 * ```
 */
export const isDataLoss: (error: unknown) => error is ErrorWithCode<"data_loss"> = /* @__PURE__ */ guard("data_loss");

/**
 * A proxy requires other credentials.
 *
 * @example
 * ```ts
 * const read = (token: string) => images.get("app:1", { headers: { authorization: `Bearer ${token}` } });
 * const image = await read("old").catch((error) => (isUnauthenticated(error) ? read("new") : Promise.reject(error)));
 * ```
 */
export const isUnauthenticated: (error: unknown) => error is ErrorWithCode<"unauthenticated"> =
  /* @__PURE__ */ guard("unauthenticated");
