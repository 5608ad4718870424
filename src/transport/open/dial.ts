import type { Dial } from "../../options.js";
import { isError } from "../../util/is-error.js";
import type { ByteStream } from "./byte-stream.js";
import { DialResultError } from "./dial-reason.js";

interface DialListener {
  dialed(stream: ByteStream): void;
  failed(error: unknown): void;
}

/** The streams of all connections of this process that were dialed. */
const taken = new WeakSet<ByteStream>();

/**
 * Calls the user's function, and the listener with its result. The returned function cancels that: it aborts the signal
 * of the user's function, and a stream that arrives later is destroyed.
 */
export function startDial(dial: Dial, listener: DialListener): () => void {
  const abort = new AbortController();
  const settle = async () => {
    const result: unknown = dial(abort.signal);
    if (isStream(result)) ignoreErrors(result); // its errors may come before `await` continues
    const stream: unknown = await result;
    if (!isStream(stream)) throw new DialResultError(`it returned ${kindOf(stream)}, not a Duplex of node:stream`);
    ignoreErrors(stream);
    if (abort.signal.aborted) stream.destroy();
    else listener.dialed(usable(stream));
  };
  settle().catch((error: unknown) => {
    if (!abort.signal.aborted) listener.failed(error);
  });
  return () => abort.abort();
}

/** Returns the stream, if it can carry a connection. */
function usable(stream: ByteStream): ByteStream {
  if (taken.has(stream)) throw new DialResultError("it returned the same stream twice; each connection needs its own");
  taken.add(stream);
  if (stream.errored) throw stream.errored;
  if (stream.destroyed) throw new Error("the stream that it returned is closed");
  if (stream.readableEnded || stream.writableEnded) {
    stream.destroy();
    throw new Error("the stream that it returned has ended");
  }
  if (stream.readableObjectMode || stream.writableObjectMode || stream.readableEncoding) {
    stream.destroy();
    throw new DialResultError("it returned a stream of objects or text, not of bytes");
  }
  writeLater(stream);
  return stream;
}

// If bytes arrive while HTTP/2 writes, because the stream pushes an answer before its `write` returns, Node 20 to 24
// end the process ("Assertion failed: session->is_reading_stopped()"). Node corks the stream for each write. By a
// promise, because the fake timers of Jest replace `process.nextTick`.
function writeLater(stream: ByteStream): void {
  const uncork = stream.uncork.bind(stream);
  stream.uncork = () => void Promise.resolve().then(uncork);
}

/** Adds a listener that stays as long as the stream, because an error event without a listener ends the process. */
function ignoreErrors(stream: ByteStream): void {
  if (!stream.listeners("error").includes(ignore)) stream.on("error", ignore);
}

// Not `instanceof Duplex`: packages for Node bring streams of their own, for example readable-stream.
function isStream(value: unknown): value is ByteStream {
  return (
    typeof value === "object" &&
    value !== null &&
    METHODS.every((method) => typeof Reflect.get(value, method) === "function")
  );
}

const METHODS = ["on", "once", "read", "write", "end", "pause", "resume", "uncork", "destroy", "listeners"];

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  if (Array.isArray(value)) return "an array";
  if (isError(value)) return "an error";
  return `a value of type ${typeof value}`;
}

function ignore(): void {}
