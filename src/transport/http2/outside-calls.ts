import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Runs an action in the asynchronous context in which this module was loaded, and returns its result.
 *
 * Use it to make connections, and promises that are kept for later calls. They live longer than the call in which they
 * are made. In the context of that call, they would keep its whole content in memory as long as they exist, for example
 * a request of a web server.
 */
export const outsideCalls: <R>(action: () => R) => R = AsyncLocalStorage.snapshot();
