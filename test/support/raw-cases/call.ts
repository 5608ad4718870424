import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  type IncomingHttpHeaders,
} from "node:http2";
import { connect as connectSocket } from "node:net";

/** The result of a call with raw bytes. */
export interface RawReply {
  /** The `grpc-status`; undefined when the connection broke before one came. */
  readonly code: number | undefined;
  /** The `grpc-message`, percent-decoded. */
  readonly message: string;
  readonly messages: readonly Uint8Array[];
  /** Whether the status came in the response's first header block. */
  readonly trailersOnly: boolean;
  readonly httpStatus: number | undefined;
}

export interface RawOptions {
  /** Sent as they are; an array repeats the header. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Called with every response message. */
  readonly onMessage?: (message: Uint8Array) => void;
}

/** One HTTP/2 connection that sends gRPC requests byte for byte, also requests that no client would send. */
export class RawConnection {
  readonly #session: ClientHttp2Session;

  /** `address` is `unix:///path`, a path, or `http://host:port`. */
  constructor(address: string) {
    const options = { maxSessionMemory: 1_000 }; // MB; the default of 10 breaks on messages of 16 MiB
    this.#session = address.startsWith("http://")
      ? connectHttp2(address, options)
      : connectHttp2("http://localhost", {
          ...options,
          createConnection: () => connectSocket(address.replace(/^unix:\/\//, "")),
        });
    this.#session.on("error", () => {});
  }

  /** Sends one message as a complete request. */
  call(path: string, message: Uint8Array, options: RawOptions = {}): Promise<RawReply> {
    return this.send(path, frame(message), options);
  }

  /** Sends `body` as it is, frame prefix included. */
  send(path: string, body: Uint8Array, options: RawOptions = {}): Promise<RawReply> {
    const stream = this.open(path, options.headers);
    stream.end(body);
    return settled(stream, options.onMessage);
  }

  /** Opens a request; the caller writes and ends it. */
  open(path: string, headers: RawOptions["headers"] = {}): ClientHttp2Stream {
    return this.#session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}

/** Waits for the end of a stream, however it ends. */
export function settled(stream: ClientHttp2Stream, onMessage?: RawOptions["onMessage"]): Promise<RawReply> {
  let header: IncomingHttpHeaders & { ":status"?: number | undefined } = {};
  let trailer: IncomingHttpHeaders = {};
  let pending = Buffer.alloc(0);
  const messages: Uint8Array[] = [];
  stream.on("error", () => {});
  stream.on("response", (received) => {
    header = received;
  });
  stream.on("trailers", (received) => {
    trailer = received;
  });
  stream.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let message = takeMessage(); message !== undefined; message = takeMessage()) {
      messages.push(message);
      onMessage?.(message);
    }
  });
  return new Promise((resolve) => {
    stream.on("close", () => resolve(reply()));
  });

  function takeMessage(): Uint8Array | undefined {
    if (pending.length < 5 || pending.length < 5 + pending.readUInt32BE(1)) return undefined;
    const end = 5 + pending.readUInt32BE(1);
    const message = pending.subarray(5, end);
    pending = pending.subarray(end);
    return message;
  }

  function reply(): RawReply {
    const status = trailer["grpc-status"] ?? header["grpc-status"];
    const message = String(trailer["grpc-message"] ?? header["grpc-message"] ?? "");
    return {
      code: status === undefined ? undefined : Number(status),
      message: decodeURIComponent(message),
      messages,
      trailersOnly: header["grpc-status"] !== undefined,
      httpStatus: header[":status"],
    };
  }
}

/** Puts the gRPC prefix before a message: not compressed, its length. */
export function frame(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Names of the gRPC codes as the case files write them, by number. */
export const codeNames = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;
