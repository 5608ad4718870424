import { isNativeError } from "node:util/types";

/** Whether it is an error, perhaps of another realm: test runners run each file in a realm of its own. */
export function isError(error: unknown): error is Error {
  return isNativeError(error) || error instanceof Error;
}
