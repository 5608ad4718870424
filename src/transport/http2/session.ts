import http2 from "node:http2";
import type { Socket } from "node:net";
import { type Endpoint, originOf } from "../endpoint.js";
import type { DaemonProcess } from "./daemon-process.js";

// A default window of 64 KiB makes a large List wait for a round trip every 64 KiB.
const STREAM_WINDOW_BYTES = 1 << 20;
const CONNECTION_WINDOW_BYTES = 4 << 20;

const SETTINGS: http2.Settings = {
  enablePush: false,
  initialWindowSize: STREAM_WINDOW_BYTES,
  // Node's HTTP/2 cannot read headers over 64 KiB. A gRPC server that knows the limit resets only the one stream.
  maxHeaderListSize: 60 << 10,
};

/** Starts HTTP/2 on an open socket. */
export function startHttp2(endpoint: Endpoint, socket: Socket): http2.ClientHttp2Session {
  const session = http2.connect(originOf(endpoint), {
    createConnection: () => socket,
    settings: SETTINGS,
    // Node's default of 10 MB breaks a session for good under loads that are legal.
    maxSessionMemory: Number.MAX_SAFE_INTEGER,
  });
  session.once("connect", () => {
    if (!session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
  });
  return session;
}

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
  /** Whether the peer has ever responded to a call on it. */
  hasResponded = false;
  /** What the peer said when it went away, if it did. */
  goAway: GoAway | undefined;
  /** What broke the connection, where Node knows. */
  error: unknown;
  /** Whether this side ended the connection. */
  destroyed = false;
  /** The process at the other end, once it was asked; `undefined` where it does not tell. */
  daemon: Promise<DaemonProcess | undefined> | undefined;
  readonly #http2: http2.ClientHttp2Session;
  readonly #socket: Socket;
  #calls = 0;
  #retired = false;
  #closing = false;
  #onIdle: (() => void) | undefined;

  constructor(session: http2.ClientHttp2Session, socket: Socket) {
    this.#http2 = session;
    this.#socket = socket;
    socket.unref();
    session.on("goaway", (code, lastStreamId) => {
      this.goAway = { code, lastStreamId };
    });
    // An error without a listener would bring the process down, also long after the last call.
    session.on("error", (error) => {
      this.error = error;
    });
  }

  /** Whether new calls should go on it. */
  get usable(): boolean {
    return !this.#retired && this.#open;
  }

  /** Whether no calls are on it. */
  get idle(): boolean {
    return this.#calls === 0;
  }

  /** Whether the whole connection is gone, not only one stream. */
  get gone(): boolean {
    return this.#closing || this.#http2.destroyed || this.#socket.destroyed;
  }

  /** How many streams the peer allows at a time; without a limit it is a very large number. */
  get maxStreams(): number {
    return this.#http2.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Opens a stream, also on a retired session, for calls that have to stay on it; `undefined` when the session
   * cannot take it. Throws for headers that cannot be sent.
   */
  request(headers: http2.OutgoingHttpHeaders): http2.ClientHttp2Stream | undefined {
    if (!this.#open) return undefined;
    try {
      return this.#http2.request(headers);
    } catch (error) {
      if (isSessionError(error) || !this.#open) {
        this.retire();
        return undefined;
      }
      throw error;
    }
  }

  /** A call begins on it. */
  hold(): void {
    if (this.#calls === 0) this.#socket.ref();
    this.#calls += 1;
  }

  /** A call has ended on it. */
  release(): void {
    this.#calls -= 1;
    if (this.#calls > 0) return;
    this.#socket.unref();
    if (!this.usable) this.#close();
    else this.#onIdle?.();
  }

  /** Makes `listener` the one that runs whenever the last call has ended. */
  onIdle(listener: () => void): void {
    this.#onIdle = listener;
  }

  /** Takes no new calls from now on. */
  retire(): void {
    this.#retired = true;
    if (this.#calls === 0) this.#close();
  }

  /** Ends the connection and every call on it. */
  destroy(): void {
    this.destroyed = true;
    this.#close();
  }

  get #open(): boolean {
    return !this.#closing && !this.#http2.closed && !this.#http2.destroyed;
  }

  /** Runs `action` once the connection is gone. */
  onceClosed(action: () => void): void {
    const native = nativeParts(this.#http2);
    this.#http2.once("close", () =>
      setImmediate(() => {
        native.length = 0;
        action();
      }),
    );
  }

  // Not at once: Node 20 corrupts its memory when a session ends in the turn in which a response came on it and another
  // request was made. And not by `close()`, which would wait until the peer has read the last bytes, and it may never.
  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    setImmediate(() => {
      this.#http2.destroy();
      this.#socket.destroy();
    });
  }
}

/**
 * Node aborts the whole process ("Assertion failed: (current_nghttp2_memory_) == (0)") when it frees its native session
 * before a stream that holds half a header block, which it does when garbage is collected in the tick in which the
 * session ends. Holding these parts until the streams are gone prevents that.
 */
function nativeParts(session: http2.ClientHttp2Session): unknown[] {
  return Object.getOwnPropertySymbols(session).map((symbol): unknown => Reflect.get(session, symbol));
}

const SESSION_ERRORS = new Set(["ERR_HTTP2_INVALID_SESSION", "ERR_HTTP2_GOAWAY_SESSION", "ERR_HTTP2_OUT_OF_STREAMS"]);

function isSessionError(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && SESSION_ERRORS.has(error.code);
}
