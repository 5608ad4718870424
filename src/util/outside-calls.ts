import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Runs an action in the asynchronous context in which this module was loaded, and returns its result.
 *
 * Use it to make connections, and promises that are kept for later calls. They live longer than the call in which they
 * are made. If they were made in the context of that call, they would keep everything in that context in memory as long
 * as they exist, for example a request of a web server.
 */
export const outsideCalls: <R>(action: () => R) => R = AsyncLocalStorage.snapshot();
