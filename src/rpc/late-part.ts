import { messageOf } from "../util/message-of.js";
import { outsideCalls } from "../util/outside-calls.js";
import { RpcFailure } from "./failure.js";

/** A part of this package that is loaded when it is first used. If that fails, the next use tries again. */
export function latePart<T>(load: () => Promise<T>): () => Promise<T> {
  let part: Promise<T> | undefined;
  return () => {
    part ??= outsideCalls(load);
    return part.catch((cause: unknown) => {
      part = undefined;
      throw new RpcFailure(`a part of containerd-images cannot be loaded: ${messageOf(cause)}`, {
        code: "unavailable",
        evidence: "never-sent",
        kind: "misconfigured",
        hint: "if the package was changed while the program runs, start the program again; if no file descriptor is left, raise ulimit -n",
        cause,
      });
    });
  };
}
