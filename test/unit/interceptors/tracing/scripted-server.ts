import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { frame } from "../../../support/raw-cases/call.js";

/** What a server does with one request: respond with a status (and a message), or break the connection. */
export type Answer = { readonly status: number; readonly message?: Uint8Array } | "break";

/** A gRPC server that follows a script, request by request, and records the headers of all requests. */
export async function serve(answers: Answer[]) {
  const requests: IncomingHttpHeaders[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", async (stream, headers) => {
    requests.push(headers);
    await buffer(stream);
    const response = answers.shift();
    if (response === undefined || response === "break") return stream.session?.destroy();
    const { status, message } = response;
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": `${status}` }));
    stream.end(message === undefined ? undefined : frame(message));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // An address of a TCP server is never text.
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
