import assert from "node:assert/strict";
import { ValidationError } from "../../../src/errors.js";

/** What a check that throws says: `path: message`, in order; an empty list when it does not throw. */
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
