import { requestOf } from "../codec/encoded-request.js";
import { versionResponse } from "../codec/responses.js";
import { ClientCalls } from "../core/client-calls.js";
import { retryPolicy } from "../core/client-settings.js";
import { connect } from "../core/connection.js";
import { OTHER_DAEMON_TIMEOUT_MS } from "../defaults.js";
import { failureOf } from "../interceptors/error-of-call.js";
import { VERSION } from "../rpc/method.js";
import { type Endpoint, formatEndpoint, socketFileOf } from "../transport/endpoint.js";
import { identifyFile } from "../transport/open/socket-file.js";
import { parseAddress } from "../transport/parse-address.js";
import type { OtherDaemon } from "./diagnosis.js";
import type { WellKnown } from "./well-known.js";

/** The well-known sockets of this machine, other than the client's own. */
export interface OtherSockets {
  /** Those on which a containerd responds. */
  readonly daemons: readonly OtherDaemon[];
  /** Those that exist, but that this user may not open. */
  readonly denied: readonly WellKnown[];
}

/** Tries the well-known sockets, except the one at `ownAddress`, however that is written. */
export async function otherSockets(
  sockets: readonly WellKnown[],
  ownAddress: string | undefined,
  signal: AbortSignal,
): Promise<OtherSockets> {
  const own = ownAddress && identify(parseAddress(ownAddress));
  const tried = await Promise.all(
    sockets.map(async (socket) => ({ socket, version: await probe(socket, own, signal) })),
  );
  return {
    daemons: tried.flatMap(({ socket, version }) => (typeof version === "string" ? [{ ...socket, version }] : [])),
    denied: tried.filter(({ version }) => version === DENIED).map(({ socket }) => socket),
  };
}

const DENIED = Symbol("denied");

/** The version of the containerd that responds on a socket. */
async function probe(
  { address }: WellKnown,
  own: string | undefined,
  signal: AbortSignal,
): Promise<string | typeof DENIED | undefined> {
  try {
    const endpoint = parseAddress(address);
    const socket = identify(endpoint);
    return !socket || socket === own ? undefined : await readVersion(endpoint, signal);
  } catch (error) {
    return isDenied(error) ? DENIED : undefined; // otherwise it is not the socket of a containerd
  }
}

/**
 * The same for all addresses of one socket: a path may lead over links, as `/var/run` does, or over a mount.
 * `undefined` if there is no file, or if nobody can say so, because it is in a folder that this user may not enter.
 */
function identify(endpoint: Endpoint): string | undefined {
  const file = socketFileOf(endpoint);
  return file ? identifyFile(file) : formatEndpoint(endpoint);
}

function isDenied(error: unknown): boolean {
  return failureOf(error)?.problem === "permission-denied";
}

async function readVersion(endpoint: Endpoint, signal: AbortSignal): Promise<string> {
  const connection = connect({ endpoint }, { waitForDaemonMs: 0 });
  const settings = {
    namespace: "default",
    lease: undefined,
    timeoutMs: OTHER_DAEMON_TIMEOUT_MS,
    retry: retryPolicy(false),
  };
  const calls = new ClientCalls(connection, settings);
  try {
    return await calls.send("diagnose", requestOf(VERSION), { signal }, versionResponse);
  } finally {
    await calls.close(0);
  }
}
