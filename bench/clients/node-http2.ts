import http2 from "node:http2";
import net from "node:net";
import { type BenchClient, type Destination, NAMESPACE_HEADER } from "./client.js";

const PREFIX_BYTES = 5;
// As large as those of this library.
const STREAM_WINDOW_BYTES = 1 << 20;
const CONNECTION_WINDOW_BYTES = 4 << 20;

/**
 * The lower limit: only node:http2, without a deadline and without a codec. It does what every gRPC client has to do:
 * it checks both statuses, and whether the message is complete.
 */
export function open({ socketPath, namespace }: Destination): BenchClient {
  const session = http2.connect("http://localhost", {
    createConnection: () => net.connect(socketPath),
    settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
  });
  session.once("connect", () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
  const call = (method: string, body: Buffer) => exchange(session, method, namespace, body);
  return {
    get: (name) => call("Get", getRequest(name)),
    list: () => call("List", Buffer.alloc(PREFIX_BYTES)),
    create: () => Promise.reject(new Error("the floor has no encoder")),
    close: () => session.close(),
  };
}

function exchange(
  session: http2.ClientHttp2Session,
  method: string,
  namespace: string,
  body: Buffer,
): Promise<readonly Buffer[]> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": `/containerd.services.images.v1.Images/${method}`,
      "content-type": "application/grpc",
      te: "trailers",
      "user-agent": "floor/1.0",
      "grpc-timeout": "60000m",
      [NAMESPACE_HEADER]: namespace,
    });
    const chunks: Buffer[] = [];
    let httpStatus: number | undefined;
    stream.on("response", (headers) => {
      httpStatus = headers[":status"];
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("trailers", (trailers) => {
      if (httpStatus === 200 && trailers["grpc-status"] === "0" && isWhole(chunks)) resolve(chunks);
      else reject(new Error(`status ${httpStatus} and ${trailers["grpc-status"]}`));
    });
    stream.on("error", reject);
    stream.end(body);
  });
}

/** Whether the chunks are one message, by the length in its gRPC prefix. */
function isWhole(chunks: readonly Buffer[]): boolean {
  const lengthBytes = chunks.reduce((sum, { length }) => sum + length, 0);
  return lengthBytes >= PREFIX_BYTES && chunks[0]?.readUInt32BE(1) === lengthBytes - PREFIX_BYTES;
}

/** A `GetImageRequest` with its gRPC prefix, for names under 123 bytes. */
function getRequest(name: string): Buffer {
  const bytes = Buffer.alloc(PREFIX_BYTES + 2 + name.length);
  bytes[4] = 2 + name.length;
  bytes[5] = 0x0a;
  bytes[6] = name.length;
  bytes.write(name, 7, "latin1");
  return bytes;
}
