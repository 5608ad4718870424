import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import type { TlsOptions } from "../../src/index.js";
import { type Daemon, startDaemon, type Version } from "../support/daemon/daemon.js";
import { grpcCall } from "../support/daemon/grpc-call.js";
import { addressTarget, dialTarget, type Target } from "./target.js";

/** A daemon for one suite, behind the proxy of `via`, if any; `via` returns the target and how to end it. */
export async function daemonTarget(
  version: Version,
  via: (daemon: Daemon) => Promise<Via> = async ({ address }) => ({ address }),
): Promise<Target> {
  const daemon = await startDaemon(version);
  const { address, tls, dial, refusesLongHeaders = false, stop } = await via(daemon);
  const base = {
    version,
    isProxied: address !== daemon.address,
    refusesLongHeaders,
    addLease: (namespace: string, id: string) => addLease(daemon, namespace, id),
    dispose: async () => {
      assert.ok(daemon.alive(), "a call has brought the daemon down");
      await stop?.();
      await daemon.stop();
    },
  };
  if (dial !== undefined) return dialTarget(base, address, dial);
  return addressTarget(base, address, tls);
}

export interface Via {
  readonly address: string;
  readonly tls?: TlsOptions | undefined;
  /** Opens a connection to the path of a socket. */
  readonly dial?: ((path: string) => Duplex) | undefined;
  readonly refusesLongHeaders?: boolean | undefined;
  readonly stop?: (() => Promise<void>) | undefined;
}

async function addLease(daemon: Daemon, namespace: string, id: string): Promise<void> {
  const request = Uint8Array.of(0x0a, id.length, ...Buffer.from(id)); // field 1 of CreateRequest
  const headers = { "containerd-namespace": namespace };
  const path = "/containerd.services.leases.v1.Leases/Create";
  assert.equal((await grpcCall(daemon.address, path, request, { headers })).code, 0);
}
