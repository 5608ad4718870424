import { isNotFound } from "../errors.js";

/** What a read gives, and `undefined` where there is no record. */
export async function foundOrUndefined<T>(response: Promise<T>): Promise<T | undefined> {
  try {
    return await response;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
