import { requestOf } from "../codec/request.js";
import { versionResponse } from "../codec/responses.js";
import { ClientCalls } from "../core/client-calls.js";
import { retryPolicy } from "../core/client-settings.js";
import { connect } from "../core/connection.js";
import { OTHER_DAEMON_TIMEOUT_MS } from "../defaults.js";
import { VERSION } from "../rpc/method.js";
import { type Endpoint, formatEndpoint } from "../transport/endpoint.js";
import { parseAddress } from "../transport/parse-address.js";
import type { OtherDaemon } from "./diagnosis.js";
import type { WellKnown } from "./well-known.js";

/** The well-known sockets, other than the one at `ownAddress`, on which a containerd responds. */
export async function otherDaemons(
  sockets: readonly WellKnown[],
  ownAddress: string | undefined,
): Promise<readonly OtherDaemon[]> {
  const found = await Promise.all(sockets.map((socket) => probe(socket, ownAddress)));
  return found.filter((daemon) => daemon !== undefined);
}

async function probe({ name, address }: WellKnown, ownAddress: string | undefined): Promise<OtherDaemon | undefined> {
  try {
    const endpoint = parseAddress(address, undefined);
    if (formatEndpoint(endpoint) === ownAddress) return undefined;
    return { name, address, version: await readVersion(endpoint) };
  } catch {
    // The socket does not exist, this user may not open it, or it is not the socket of a containerd.
    return undefined;
  }
}

async function readVersion(endpoint: Endpoint): Promise<string> {
  const connection = connect({ endpoint }, { waitForDaemonMs: 0 });
  const settings = {
    namespace: "default",
    lease: undefined,
    timeoutMs: OTHER_DAEMON_TIMEOUT_MS,
    retry: retryPolicy(false),
  };
  const calls = new ClientCalls(connection, settings);
  try {
    return await calls.send("diagnose", requestOf(VERSION), {}, versionResponse);
  } finally {
    await calls.close(0);
  }
}
