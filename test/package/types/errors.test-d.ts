// Checked by tsc with the rest of the tests: every line below a @ts-expect-error must not compile, all others must.
import {
  type ErrorCode,
  ImagesError,
  isImagesError,
  isNotFound,
  isValidationError,
  type Outcome,
  type RetryEvent,
  type ValidationIssue,
} from "../../../src/index.js";

export function guards(error: unknown): void {
  // @ts-expect-error anything can be thrown
  error.code;
  if (isNotFound(error)) {
    const code: "not_found" = error.code;
    const known: ImagesError = error;
    console.log(code, known);
    // @ts-expect-error that is decided
    if (error.code === "already_exists") return;
  }
  if (isValidationError(error)) {
    const issues: readonly ValidationIssue[] = error.issues;
    console.log(issues);
  }
  if (!isImagesError(error)) return;
  const { code, method, namespace, imageName, attempts, outcome, hint } = error;
  const typed: [ErrorCode, string, string, string | undefined, number, Outcome, string | undefined] = [
    code,
    method,
    namespace,
    imageName,
    attempts,
    outcome,
    hint,
  ];
  console.log(typed);
  // @ts-expect-error codes are names
  if (error.code === 5) return;
  // @ts-expect-error only these names
  if (error.code === "NOT_FOUND") return;
  // @ts-expect-error errors are values
  error.code = "unknown";
}

export function everyCode(code: ErrorCode): string {
  switch (code) {
    case "canceled":
    case "unknown":
    case "invalid_argument":
    case "deadline_exceeded":
    case "not_found":
    case "already_exists":
    case "permission_denied":
    case "resource_exhausted":
    case "failed_precondition":
    case "aborted":
    case "out_of_range":
    case "unimplemented":
    case "internal":
    case "unavailable":
    case "data_loss":
    case "unauthenticated":
      return code;
  }
}

export function making(): void {
  const details = { method: "get", namespace: "", attempts: 0, outcome: "not-applied" } as const;
  new ImagesError("text", { ...details, code: "unknown", imageName: undefined, hint: undefined, cause: undefined });
  // @ts-expect-error an error has a code
  new ImagesError("text", details);
}

export function retries({ action, delayMs }: RetryEvent): number {
  // @ts-expect-error no such action
  if (action === "resend") return 0;
  return delayMs;
}
