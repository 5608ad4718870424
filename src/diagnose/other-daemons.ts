import { requestOf } from "../codec/request.js";
import { versionResponse } from "../codec/responses.js";
import { ClientCalls } from "../core/client-calls.js";
import { retryPolicy } from "../core/client-settings.js";
import { connect } from "../core/connection.js";
import { OTHER_DAEMON_TIMEOUT_MS } from "../defaults.js";
import { VERSION } from "../rpc/method.js";
import { parseAddress } from "../transport/parse-address.js";
import type { OtherDaemon } from "./diagnosis.js";
import type { WellKnown } from "./well-known.js";

/** The well-known sockets, other than the one at `address`, on which a containerd answers. */
export async function otherDaemons(sockets: readonly WellKnown[], address: string | undefined): Promise<OtherDaemon[]> {
  const others = sockets.filter((socket) => `unix://${socket.address}` !== address);
  const found = await Promise.all(others.map(probe));
  return found.filter((daemon) => daemon !== undefined);
}

async function probe({ name, address }: WellKnown): Promise<OtherDaemon | undefined> {
  try {
    return { name, address, version: await askVersion(address) };
  } catch {
    // Not there, not ours to open, or something else: nothing that answers.
    return undefined;
  }
}

async function askVersion(address: string): Promise<string> {
  const connection = connect({ endpoint: parseAddress(address, undefined) }, { waitForDaemonMs: 0 });
  const scope = {
    namespace: "default",
    lease: undefined,
    timeoutMs: OTHER_DAEMON_TIMEOUT_MS,
    retry: retryPolicy(false),
  };
  const caller = new ClientCalls(connection, scope);
  try {
    return await caller.send("diagnose", requestOf(VERSION), {}, versionResponse);
  } finally {
    await caller.close(0);
  }
}
