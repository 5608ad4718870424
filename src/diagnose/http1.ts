import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { OTHER_DAEMON_TIMEOUT_MS } from "../defaults.js";
import { openSocket } from "../transport/open/open-socket.js";
import { parseAddress } from "../transport/parse-address.js";

/** What a peer that responds in HTTP/1 calls itself, for example `Docker/28.5.2 (linux)`. */
export interface Http1Peer {
  readonly server: string;
}

/** Sends the request with which Docker's clients find out whether it runs; `undefined` without an HTTP/1 response. */
export async function askHttp1(address: string): Promise<Http1Peer | undefined> {
  const endpoint = parseAddress(address, undefined);
  const request = get({ path: "/_ping", createConnection: () => openSocket(endpoint, () => {}) });
  request.on("error", () => {}); // also after the response
  try {
    const signal = AbortSignal.timeout(OTHER_DAEMON_TIMEOUT_MS);
    const [response]: IncomingMessage[] = await once(request, "response", { signal });
    return { server: String(response?.headers["server"] ?? "") };
  } catch {
    return undefined;
  } finally {
    request.destroy();
  }
}
