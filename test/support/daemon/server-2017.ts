import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { frame } from "../raw-cases/call.js";
import { GrpcStatus, Images2017 } from "./images-2017.js";

/** One request as it came. */
export interface RecordedRequest {
  /** The `:path`, such as `/containerd.services.images.v1.Images/Get`. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The protobuf message, without gRPC's five bytes before it. */
  readonly message: Uint8Array;
}

/** A server with the first version of the Images service. */
export interface Server2017 {
  readonly socketPath: string;
  /** The socket path, as `ImagesClientOptions.address` takes it. */
  readonly address: string;
  /** All requests so far, oldest first, also the refused ones. */
  readonly requests: readonly RecordedRequest[];
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a server that behaves like containerd of June 2017 (commit 12c0daa9c9).
 *
 * It has Get, List, Update and Delete and no other service. Update is an upsert without mask or validation, and returns
 * an image with only an empty target; labels are dropped, timestamps do not exist; List ignores its filter, and Delete
 * its `sync` and `target`.
 *
 * @example
 * await using server = await startServer2017();
 */
export async function startServer2017(): Promise<Server2017> {
  const dir = mkdtempSync(join(tmpdir(), "containerd-2017-"));
  const socketPath = join(dir, "c.sock");
  const requests: RecordedRequest[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const images = new Images2017();
  const server = createServer();
  server.on("session", (session) => sessions.add(session.on("close", () => sessions.delete(session))));
  server.on("stream", (stream, headers) => void serve(stream, headers, images, requests));
  await once(server.listen(socketPath), "listening");
  const stop = async () => {
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(dir, { recursive: true, force: true });
  };
  return { socketPath, address: socketPath, requests, stop, [Symbol.asyncDispose]: stop };
}

async function serve(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  images: Images2017,
  requests: RecordedRequest[],
): Promise<void> {
  stream.on("error", () => {}); // the client has closed the stream
  try {
    const path = headers[":path"] ?? "";
    const message = (await buffer(stream)).subarray(5);
    requests.push({ path, headers, message });
    answer(stream, images.call(path, headers, message));
  } catch (error) {
    if (!stream.destroyed) refuse(stream, error);
  }
}

function answer(stream: ServerHttp2Stream, message: Uint8Array): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "grpc-message": "" }));
  stream.end(frame(message));
}

function refuse(stream: ServerHttp2Stream, error: unknown): void {
  const { code, message } = error instanceof GrpcStatus ? error : new GrpcStatus(2, String(error));
  const status = { "grpc-status": `${code}`, "grpc-message": encodeURIComponent(message) };
  stream.respond({ ":status": 200, "content-type": "application/grpc", ...status }, { endStream: true });
}
