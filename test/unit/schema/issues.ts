import assert from "node:assert/strict";
import { describe, it } from "node:test";
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

/** Inputs of a check, each with the issues that it has; without any it is accepted. */
export type Table = readonly (readonly [what: string, input: unknown, ...issues: string[]])[];

/** Tests that a check finds these issues and no others. */
export function checks(name: string, run: (input: unknown) => unknown, table: Table): void {
  describe(name, () => {
    for (const [what, input, ...issues] of table) {
      it(`${what}: ${issues.length === 0 ? "accepted" : "refused"}`, () => {
        assert.deepEqual(
          issuesOf(() => run(input)),
          issues,
        );
      });
    }
  });
}
