import { once } from "node:events";
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { connect as connectSocket } from "node:net";
import { buffer } from "node:stream/consumers";
import { fromBinary } from "@bufbuild/protobuf";
import { VersionResponseSchema } from "../../../gen/containerd/services/version/v1/version_pb.js";
import { frame } from "../raw-cases/call.js";
import type { KeyPair } from "./certificates.js";

const versionPath = "/containerd.services.version.v1.Version/Version";

/** The result of one call; `code` is NaN if the response was not gRPC. */
export interface GrpcReply {
  readonly httpStatus: number | undefined;
  readonly code: number;
  readonly message: string;
  readonly body: Uint8Array;
}

export interface GrpcCallOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly ca?: string | undefined;
  readonly client?: KeyPair | undefined;
}

/** Makes one call on a connection of its own, with Node's HTTP/2 and nothing else; throws when the connection fails. */
export async function grpcCall(
  address: string,
  path: string,
  message: Uint8Array = new Uint8Array(),
  options: GrpcCallOptions = {},
): Promise<GrpcReply> {
  const session = open(address, options);
  const closed = once(session, "close"); // rejects when the session has an error
  try {
    const reply = exchange(session, path, message, options.headers ?? { "containerd-namespace": "test" });
    return await Promise.race([reply, closed.then(() => Promise.reject(new Error("the connection was closed")))]);
  } finally {
    session.destroy();
    await closed.catch(() => {});
  }
}

/** The version that a daemon says it has. */
export async function askVersion(address: string, options?: GrpcCallOptions): Promise<string> {
  const { code, httpStatus, body } = await grpcCall(address, versionPath, undefined, options);
  if (code !== 0) throw new Error(`HTTP ${httpStatus}, grpc-status ${code}`);
  return fromBinary(VersionResponseSchema, body).version;
}

function open(address: string, { ca, client }: GrpcCallOptions): ClientHttp2Session {
  const maxSessionMemory = 100; // MB; the default of 10 is less than the largest message
  if (!address.startsWith("/")) return connect(address, { maxSessionMemory, ...(ca && { ca }), ...client });
  return connect("http://localhost", { maxSessionMemory, createConnection: () => connectSocket(address) });
}

async function exchange(
  session: ClientHttp2Session,
  path: string,
  message: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<GrpcReply> {
  const post = { ":method": "POST", "content-type": "application/grpc", te: "trailers" };
  const stream = session.request({ ...post, ":path": path, ...headers });
  let received: IncomingHttpHeaders = {};
  stream.on("response", (header) => (received = header)).on("trailers", (trailer) => Object.assign(received, trailer));
  stream.end(frame(message));
  const body = (await buffer(stream)).subarray(5);
  return {
    httpStatus: Number(received[":status"]),
    code: Number(received["grpc-status"] ?? Number.NaN),
    message: decodeURIComponent(`${received["grpc-message"] ?? ""}`),
    body,
  };
}
