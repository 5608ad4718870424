import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Runs an action in the asynchronous context in which this module was loaded, and returns its result.
 *
 * A connection outlives the call that it was made for, and so does a promise that is kept for later calls, or one of a
 * module. Made in that call's context, it would hold what the program keeps there, such as a whole request of a web
 * server, until it is gone itself.
 */
export const outsideCalls: <R>(action: () => R) => R = AsyncLocalStorage.snapshot();
