import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGrpcTransport } from "@connectrpc/connect-node";
import type { ImagesClientOptions, NewDescriptor } from "../../../src/index.js";
import { type Certificates, makeCertificates } from "../../support/daemon/certificates.js";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { freePort } from "../../support/daemon/free-port.js";
import { startProxy } from "../../support/daemon/proxy.js";
import type { Targets } from "./calls.js";
import { openConnectRoutes } from "./connect-routes.js";
import { storeContent } from "./content.js";
import { DaemonClock } from "./daemon-clock.js";
import { EventLog } from "./event-log.js";
import { Forwarder } from "./forwarder.js";
import { type Exchange, Gateway } from "./gateway.js";
import { LateEvents } from "./late-events.js";
import { Leases } from "./leases.js";
import { isObservers, Observer } from "./observer.js";
import { isOverConnect, isOverSsh, type Place, type Route } from "./scene.js";
import { openSshRoutes } from "./ssh-routes.js";
import { Upstream } from "./upstream.js";
import { setWallClock } from "./wall-clock.js";

const DAY_MS = 86_400_000;

/** The only namespace that CRI takes an interest in. */
const CRI_NAMESPACE = "k8s.io";

/** All that the scenes of one place share: a daemon, and what stands between it and the client. */
export interface Stage {
  readonly daemon: Daemon;
  readonly upstream: Upstream;
  readonly leases: Leases;
  readonly clock: DaemonClock;
  readonly lateEvents: LateEvents;
  readonly events: EventLog;
  readonly gateway: Gateway;
  readonly targets: Targets;
  /** The namespace of all scenes. */
  readonly namespace: string;
  /** Reads the records of that namespace; see {@link observedOver}. */
  readonly observer: Observer;
  /** Gives a request to the daemon as it is, and its answer to the client. */
  readonly pass: (exchange: Exchange) => Promise<void>;
  /** What is before the gateway, on each route. */
  readonly forwarderOf: (route: Route) => Forwarder;
  /** Breaks all connections of a route; over ssh, by killing what carries them. */
  readonly cut: (route: Route) => void;
  /** Resolves when the time of a silence is over; only over ssh there is one, which ends with a cut. */
  readonly silence: (route: Route) => Promise<void>;
  readonly optionsOf: (
    route: Route,
  ) => Pick<ImagesClientOptions, "address" | "dial" | "tls" | "transport" | "waitForDaemonMs">;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Builds client -> forwarder -> gateway -> daemon, on a Unix socket and on a port with TLS, and an nginx before the
 * former, and Connect's router; an sshd too, if one of the routes is over ssh.
 */
export async function buildStage(place: Place, routes: ReadonlySet<Route>): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), "truth-"));
  const certificates = await certificatesOfYesterday();
  delete process.env["LD_PRELOAD"]; // the daemon's clock stays true
  const { version, hasCri } = place;
  const daemon = await startDaemon(version, { hasCri });
  const [clock, lateEvents] = [new DaemonClock(), new LateEvents()];
  const upstream = new Upstream(daemon.socketPath, clock);
  const events = new EventLog(daemon.socketPath);
  const gateway = new Gateway();
  const gatewayPath = join(dir, "gateway.sock");
  await gateway.listen(gatewayPath);
  const unix = new Forwarder({ path: join(dir, "unix.sock") }, { path: gatewayPath });
  const port = await gateway.listenTls(certificates.server);
  const host = "127.0.0.1";
  const tlsPort = await freePort(); // also free while the forwarder is down
  const tcp = new Forwarder({ host, port: tlsPort }, { host, port });
  await Promise.all([unix.up(), tcp.up()]);
  const socketPath = join(dir, "unix.sock");
  const nginx = await startProxy({ socketPath }, { tls: { server: certificates.server, clientCa: certificates.ca } });
  const ssh = [...routes].some(isOverSsh) ? await openSshRoutes(socketPath) : undefined;
  const connect = await openConnectRoutes(dir, socketPath, unix);
  const forwarderOf = (route: Route) => {
    if (isOverConnect(route)) return connect.forwarderOf(route);
    return route === "tls" ? tcp : unix;
  };
  const namespace = hasCri ? CRI_NAMESPACE : "truth";
  const tls = { address: `https://localhost:${tlsPort}`, tls: { ca: certificates.ca } };
  const optionsOf: Stage["optionsOf"] = (route) => {
    switch (route) {
      case "unix":
        return { address: socketPath };
      case "tls":
        return tls;
      case "nginx":
        return { address: nginx.address, tls: { ca: certificates.ca, ...certificates.client } };
      case "transport":
        return { transport: createGrpcTransport({ baseUrl: "http://localhost", nodeOptions: { path: socketPath } }) };
      case "ssh":
      case "ssh2":
        if (ssh === undefined) throw new Error("this stage has no ssh");
        return ssh.optionsOf(route);
      default:
        return { transport: connect.transportOf(route) };
    }
  };
  const observer = new Observer({ namespace, ...optionsOf(observedOver(routes)) });
  const passOn = async (exchange: Exchange) => {
    const { path, headers, body } = exchange;
    if (path.endsWith("/Subscribe"))
      exchange.stream(
        upstream.open(path, headers),
        lateEvents.through((event) => clock.move(path, event)),
      );
    else exchange.answer(await upstream.call(path, headers, body));
  };
  const pass = (exchange: Exchange) => (isObservers(exchange) ? observer.serve(exchange, passOn) : passOn(exchange));
  gateway.handler = pass;
  await observer.ready;
  return {
    daemon,
    upstream,
    clock,
    lateEvents,
    leases: new Leases(upstream, namespace),
    events,
    gateway,
    targets: hasCri ? await storedTargets(daemon) : { first: descriptor("a"), second: descriptor("b") },
    namespace,
    observer,
    pass,
    forwarderOf,
    cut: (route) => {
      if (isOverSsh(route)) ssh?.cut(route);
      else if (isOverConnect(route)) connect.cut(route);
      else forwarderOf(route).cut();
    },
    silence: async (route) => {
      if (isOverSsh(route)) await ssh?.silence(route);
    },
    optionsOf,
    [Symbol.asyncDispose]: async () => {
      await observer.close();
      await ssh?.[Symbol.asyncDispose]();
      connect[Symbol.dispose]();
      upstream.close();
      events.close();
      for (const forwarder of [unix, tcp]) forwarder.down();
      gateway.close();
      await Promise.all([nginx.stop(), daemon.stop()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * TLS; where all scenes are over gRPC of Connect, so is the observer, and meets their faults. It is never over a
 * router, which gives a status of its own for an answer that is lost: `waitFor` ends with `internal`.
 */
function observedOver(routes: ReadonlySet<Route>): Route {
  return routes.size === 1 && routes.has("transport") ? "transport" : "tls";
}

// With libfaketime a client whose clock is behind would find them not valid yet.
async function certificatesOfYesterday(): Promise<Certificates> {
  setWallClock(-DAY_MS);
  const certificates = await makeCertificates();
  setWallClock(0);
  return certificates;
}

async function storedTargets(daemon: Daemon): Promise<Targets> {
  const first = await storeContent(daemon, CRI_NAMESPACE, "first");
  return { first, second: await storeContent(daemon, CRI_NAMESPACE, "second") };
}

function descriptor(digit: string): NewDescriptor {
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  return { mediaType, digest: `sha256:${digit.repeat(64)}`, size: 527 };
}
