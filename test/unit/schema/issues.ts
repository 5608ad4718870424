import assert from "node:assert/strict";
import { ValidationError } from "../../../src/errors.js";

/** The issues of a check as `path: message`, in order; an empty list if the check does not throw. */
export function issuesOf(run: () => unknown): readonly string[] {
  try {
    run();
    return [];
  } catch (error) {
    assert.ok(error instanceof ValidationError, String(error));
    assert.deepEqual([error.code, error.outcome, error.attempts], ["invalid_argument", "not-applied", 0]);
    return error.issues.map(({ path, message }) => `${path}: ${message}`);
  }
}
