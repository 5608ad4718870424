import { isOfCall } from "./error-of-call.js";

/** What a read gives, and `undefined` where there is no record. */
export function foundOrUndefined<T>(response: Promise<T>): Promise<T | undefined> {
  return response.catch(undefinedIfNotFound);
}

function undefinedIfNotFound(error: unknown): undefined {
  if (!isOfCall(error, "not_found")) throw error;
}
