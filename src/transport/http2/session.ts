import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import type { DaemonProcess } from "../../codec/responses.js";
import { inNextTurn } from "../../util/next-turn.js";
import type { ByteStream } from "../open/byte-stream.js";
import { isSystemError } from "../system-error.js";
import { Peer } from "./peer.js";

/** With this many ORIGIN frames, or more, a peer wants to fill the memory: Node keeps every origin, over TLS. */
const MAX_ORIGIN_FRAMES = 100;

/** A GOAWAY frame. */
interface GoAway {
  readonly code: number;
  readonly lastStreamId: number;
}

/**
 * One HTTP/2 connection to a peer that has sent its SETTINGS.
 *
 * It keeps the process alive only while calls are on it. A retired session takes no new calls and closes after its
 * last one.
 */
export class Session {
  /** The GOAWAY frame of the peer, if it has sent one. */
  goAway: GoAway | undefined;
  /** The error that broke the connection, if Node reports one. */
  error: unknown;
  /** Whether this side ended the connection. */
  destroyed = false;
  /** The process at the other end, once it was asked; rejects if it does not say. */
  daemon: Promise<DaemonProcess> | undefined;
  /** Whether all requests on this session reach the same daemon; behind a proxy they may not. */
  readonly reachesOneDaemon: boolean;
  /** The other end. */
  readonly peer = new Peer();
  /** What the connection runs over. */
  readonly stream: ByteStream;
  readonly #http2: ClientHttp2Session;
  #calls = 0;
  #retired = false;
  #closing = false;
  #onIdle: (() => void) | undefined;

  constructor(session: ClientHttp2Session, stream: ByteStream, reachesOneDaemon: boolean) {
    this.reachesOneDaemon = reachesOneDaemon;
    this.#http2 = session;
    this.stream = stream;
    stream.unref?.();
    session.on("goaway", (code, lastStreamId) => {
      this.goAway = { code, lastStreamId };
    });
    // An error event without a listener would end the process, even long after the last call.
    session.on("error", (error) => {
      this.error = error;
    });
    let originFrames = 0;
    session.on("origin", () => {
      originFrames += 1;
      if (originFrames === MAX_ORIGIN_FRAMES) this.lose(new Error("the peer names too many origins"));
    });
  }

  /** Whether the session takes new calls. */
  get usable(): boolean {
    return !this.#retired && this.#open;
  }

  /** Whether the session has no calls. */
  get idle(): boolean {
    return this.#calls === 0;
  }

  /** Whether the whole connection is lost, not only one stream. */
  get gone(): boolean {
    return this.#closing || this.#http2.destroyed || this.stream.destroyed;
  }

  /** How many streams the peer allows at a time; without a limit it is a very large number. */
  get maxStreams(): number {
    return this.#http2.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Opens a stream, also on a retired session, for calls that have to stay on it; `undefined` when the session
   * cannot take it. Throws for headers that cannot be sent.
   */
  request(headers: OutgoingHttpHeaders): ClientHttp2Stream | undefined {
    if (!this.#open) return undefined;
    try {
      const stream = this.#http2.request(headers);
      if (!isSessionError(stream.errored)) return stream;
      stream.on("error", () => {});
    } catch (error) {
      if (!isSessionError(error) && this.#open) throw error;
    }
    this.retire();
    return undefined;
  }

  /** Notes that a call begins on this session. */
  hold(): void {
    if (this.#calls === 0) this.stream.ref?.();
    this.#calls += 1;
  }

  /** Notes that a call has ended on this session. */
  release(): void {
    this.#calls -= 1;
    if (this.#calls > 0) return;
    this.stream.unref?.();
    if (!this.usable) this.#close();
    else this.#onIdle?.();
  }

  /** Sets the one listener that runs whenever the last call has ended. */
  onIdle(listener: () => void): void {
    this.#onIdle = listener;
  }

  /** From now on the session takes no new calls. */
  retire(): void {
    this.#retired = true;
    if (this.#calls === 0) this.#close();
  }

  /** Ends every call on a connection that is lost without an event of Node. */
  lose(error: Error): void {
    this.error ??= error;
    this.#close();
  }

  /** Ends the connection and every call on it. */
  destroy(): void {
    this.destroyed = true;
    this.#close();
  }

  get #open(): boolean {
    return !this.gone && !this.#http2.closed;
  }

  /** Runs `action` once the connection is gone. */
  onceClosed(action: () => void): void {
    const native = nativeParts(this.#http2);
    this.#http2.once("close", () =>
      inNextTurn(() => {
        native.length = 0;
        action();
      }),
    );
  }

  // The session is not destroyed at once: while Node 20 reads from the connection, that corrupts its memory, as a reset
  // does (see `resetLater`). `close()` is not used, because it waits until the peer has read the last bytes, which may
  // never happen.
  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    inNextTurn(() => {
      this.#http2.destroy();
      this.stream.destroy();
    });
  }
}

/**
 * Node aborts the whole process ("Assertion failed: (current_nghttp2_memory_) == (0)") if it frees the native session
 * before a stream that holds a part of a header block. That happens if garbage is collected in the tick in which the
 * session ends. Keeping references to these parts until the streams are gone prevents it.
 */
function nativeParts(session: ClientHttp2Session): unknown[] {
  return Object.getOwnPropertySymbols(session).map((symbol): unknown => Reflect.get(session, symbol));
}

// Node throws the first two. The third, when a connection has had all of its 2^30 streams, is the error of the new
// stream.
const SESSION_ERROR = /^ERR_HTTP2_(INVALID_SESSION|GOAWAY_SESSION|OUT_OF_STREAMS)$/;

function isSessionError(error: unknown): boolean {
  return isSystemError(error) && SESSION_ERROR.test(error.code);
}
