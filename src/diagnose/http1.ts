import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { OTHER_DAEMON_TIMEOUT_MS } from "../defaults.js";
import { openSocket } from "../transport/open/open-socket.js";
import { parseAddress } from "../transport/parse-address.js";
import { onAbort } from "../util/on-abort.js";

/** What a peer that responds in HTTP/1 calls itself, for example `Docker/28.5.2 (linux)`. */
export interface Http1Peer {
  readonly server: string;
}

/** What nginx, Go and Apache say on a port for TLS: "The plain HTTP request was sent to HTTPS port". */
const WANTS_TLS = /HTTP (?:request (?:was sent )?)?to (?:an )?(?:HTTPS|SSL)/;

/**
 * Sends the request with which Docker's clients find out whether it runs; `undefined` without a response in HTTP/1, or
 * if the response asks for TLS.
 */
export async function askHttp1(address: string, canceled: AbortSignal): Promise<Http1Peer | undefined> {
  const endpoint = parseAddress(address);
  const signal = AbortSignal.timeout(OTHER_DAEMON_TIMEOUT_MS);
  const request = get({ path: "/_ping", createConnection: () => openSocket(endpoint, () => {}) });
  request.on("error", () => {}); // also after the response
  const unsubscribe = onAbort(canceled, () => request.destroy());
  request.on("information", () => request.destroy()); // without end, they would hold the event loop
  try {
    const [response]: IncomingMessage[] = await once(request, "response", { signal });
    if (request.destroyed) return undefined; // the response came together with one of 1xx
    if (response?.statusCode === 400 && WANTS_TLS.test(await beginningOf(response, signal))) return undefined;
    return { server: String(response?.headers["server"] ?? "") };
  } catch {
    return undefined;
  } finally {
    unsubscribe();
    request.destroy();
  }
}

async function beginningOf(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  try {
    const [chunk]: unknown[] = await Promise.race(["data", "end"].map((event) => once(response, event, { signal })));
    return String(chunk ?? "");
  } catch {
    return "";
  }
}
