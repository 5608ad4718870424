import type { Version } from "../../support/daemon/daemon.js";
import { Random } from "../../support/random.js";

export const methods = [
  "create",
  "create-epoch",
  "update-label",
  "update-label-epoch",
  "update-target",
  "update-all-labels",
  "replace",
  "replace-epoch",
  "upsert",
  "upsert-epoch",
  "upsert-replace",
  "tag",
  "tag-force",
  "delete",
  "delete-sync",
  "delete-if",
  "delete-if-sync",
  "delete-many-names",
  "delete-many-records",
  "delete-many-filter",
  "raw-create",
  "raw-create-epoch",
  "raw-update-label",
  "raw-replace",
  "raw-delete-sync",
] as const;
export type MethodName = (typeof methods)[number];

/**
 * What goes wrong with one request. `lost`: it never arrives; `applied`: it arrives and its answer does not; `late`: it
 * arrives when the call is over; `soon`: when the client has read once more.
 */
export const faults = [
  "none",
  "cut-lost",
  "cut-applied",
  "cut-soon",
  "cut-late",
  "reset-lost",
  "reset-applied",
  "reset-late",
  "silence-lost",
  "silence-applied",
  "silence-late",
  "gateway-lost",
  "gateway-applied",
  "gateway-soon",
  "gateway-late",
  "bytes-up",
  "bytes-down",
  "kill-lost",
  "kill-applied",
  "kill-racing",
  "kill-behind-lost",
  "kill-behind-applied",
  "forwarder-lost",
  "forwarder-applied",
  "forwarder-soon",
  "forwarder-late",
] as const;
export type Fault = (typeof faults)[number];

/** Over ssh, a cut kills a process of ssh, and silence stops it before. */
const connectionFaults = [
  ...(["cut-lost", "cut-applied", "cut-soon", "cut-late"] as const),
  ...(["silence-lost", "silence-applied", "silence-late"] as const),
  ...(["bytes-up", "bytes-down", "kill-applied", "kill-behind-lost", "forwarder-late"] as const),
] as const satisfies readonly Fault[];

/**
 * What the record is when the call begins: none, one that differs, or one that is already as asked for; with the date
 * asked for, too, and with that date but written since.
 */
export const priors = ["absent", "different", "as-asked", "as-asked-dated", "as-asked-dated-written"] as const;
export type Prior = (typeof priors)[number];

/** What the second client does. Those named `dated` choose the date that is stored. */
export const actions = [
  "nothing",
  "create-same",
  "create-other",
  "create-dated-past",
  "create-dated-future",
  "create-dated-now",
  "delete",
  "recreate-same",
  "recreate-other",
  "recreate-dated-past",
  "recreate-dated-future",
  "label",
  "label-as-cri",
  "relabel",
  "relabel-dated-asked", // with the date that calls ask for
  "retarget",
  "retarget-dated-past",
  "let-cri", // it is CRI that writes, where it is on
] as const;
/**
 * Deletes the lease of the call, or another record; what no lease holds then is collected a moment later, or at once.
 */
const leaseActions = ["delete-lease", "delete-lease-sync", "collect"] as const;
export type Action = (typeof actions)[number] | (typeof leaseActions)[number];

/** The daemon's clock against the true time; it steps at the fault, before or after a change that is applied. */
const daemonClocks = ["steps-ahead", "steps-behind", "steps-ahead-after", "steps-behind-after"] as const;
export type DaemonClockName = (typeof daemonClocks)[number] | "true";

/** The lease of the call; where there is one, all records can expire, and another lease holds those of others. */
const leases = ["kept", "expired", "missing"] as const;
export type LeaseName = (typeof leases)[number] | "none";

/**
 * When it does so: before the faulty request is passed on, after it and before its answer is lost, before or after the
 * client's next read, before its next write, or when the call is over and what is late is not there yet.
 */
export const points = ["before", "after", "before-read", "after-read", "before-retry", "end"] as const;
export type Point = (typeof points)[number];

/** The client's wall clock against the daemon's; a step happens at the fault. */
export const clocks = [
  "true",
  "ahead-5s",
  "behind-5s",
  "ahead-1h",
  "behind-1h",
  "steps-ahead",
  "steps-behind",
] as const;
export type ClockName = (typeof clocks)[number];

export const routes = ["unix", "tls", "nginx", "transport"] as const;
/** By the program `ssh`, and by the package `ssh2`. A scene over ssh takes longer, so {@link sshSceneOf} draws them. */
const sshRoutes = ["ssh", "ssh2"] as const;
export type SshRoute = (typeof sshRoutes)[number];
/** Through a gateway that Connect's router makes, in each of its protocols. {@link sceneOver} draws their scenes. */
export const connectRoutes = [
  "grpc-json",
  "web",
  "web-json",
  "web-http1",
  "web-json-http1",
  "connect",
  "connect-json",
  "connect-http1",
  "connect-json-http1",
] as const;
export type ConnectRoute = (typeof connectRoutes)[number];
export type Route = (typeof routes)[number] | SshRoute | ConnectRoute;

export function isOverSsh(route: Route): route is SshRoute {
  return route === "ssh" || route === "ssh2";
}

export function isOverConnect(route: Route): route is ConnectRoute {
  return connectRoutes.some((each) => each === route);
}

/** Statuses that gateways answer of their own: HTTP from 100 on, else gRPC. */
const gatewayCodes = [500, 408, 501, 502, 503, 504, 429, 520, 13, 2, 10, 8, 15, 14, 1, 4] as const;

/** Everything that makes up one scene. */
export interface Scene {
  readonly seed: number;
  readonly version: Version;
  readonly hasCri: boolean;
  readonly route: Route;
  readonly method: MethodName;
  readonly prior: Prior;
  readonly fault: Fault;
  /** Which of the call's changes the fault is for, from 1 on. */
  readonly faultAt: number;
  /** Whether every change from there on meets it. */
  readonly isLasting: boolean;
  /** Whether the first read after the fault is lost with its connection, too. */
  readonly losesRead: boolean;
  /** The gateway's own answer, where it gives one. */
  readonly gatewayCode: number;
  /** Where bytes are cut: what part of all those that the call needs has gone that way. */
  readonly cutAt: number;
  readonly action: Action;
  readonly point: Point;
  readonly clock: ClockName;
  readonly daemonClock: DaemonClockName;
  /** How late events are that the daemon sends. */
  readonly eventsLateMs: number;
  readonly lease: LeaseName;
  /** Whether the client has already written over its connection. */
  readonly isWarm: boolean;
  /** Whether it retries and reads back, as it does by default. */
  readonly retries: boolean;
}

/** Where scenes are played: one daemon. */
export type Place = Pick<Scene, "version" | "hasCri">;

export const places: readonly [Place, ...Place[]] = [
  { version: "1.6", hasCri: false },
  { version: "1.7", hasCri: false },
  { version: "2.x", hasCri: false },
  { version: "1.6", hasCri: true },
  { version: "1.7", hasCri: true },
  { version: "2.x", hasCri: true },
];

/** Numbers that go once through all pairs of method and fault. */
export const pairs = methods.length * faults.length;

/** The scene of a number: methods and faults go through all their pairs, and the rest is drawn. */
export function sceneOf(seed: number): Scene {
  const random = new Random(Math.imul(seed, 0x9e3779b1));
  const pair = seed % pairs;
  const method = methods[pair % methods.length] ?? methods[0];
  const fault = faults[Math.floor(pair / methods.length)] ?? faults[0];
  const place = random.pick(places);
  return {
    seed,
    ...place,
    route: random.chance(0.6) ? "unix" : random.pick(routes),
    method,
    prior: random.pick(priorsOf(method)),
    fault,
    faultAt: random.chance(0.8) ? 1 : 2,
    isLasting: random.chance(0.15),
    losesRead: random.chance(0.15),
    gatewayCode: random.pick(gatewayCodes),
    cutAt: random.next(),
    action: random.chance(0.25) ? (place.hasCri ? "let-cri" : "nothing") : random.pick(actions),
    point: random.pick(points),
    clock: random.chance(0.4) ? "true" : random.pick(clocks),
    daemonClock: "true",
    eventsLateMs: 0,
    lease: "none",
    isWarm: random.chance(0.5),
    retries: random.chance(0.95),
  };
}

/** The scene of a number, over ssh, with a fault of the connection. */
export function sshSceneOf(seed: number, version: Version): Scene {
  const random = new Random(Math.imul(seed, 0x9e3779b1));
  const route = random.pick(sshRoutes);
  return {
    ...sceneOf(seed),
    version,
    hasCri: false,
    route,
    fault: random.pick(connectionFaults),
    losesRead: random.chance(0.3),
  };
}

/** The scene of a number, over a route; one of four is with a lease, and one with a daemon's clock that is set. */
export function sceneOver(route: Exclude<Route, SshRoute>, seed: number): Scene {
  const random = new Random(Math.imul(seed, 0x85ebca6b));
  return { ...random.pick([sceneOf, sceneOf, leaseSceneOf, clockSceneOf] as const)(seed), route };
}

/** The scene of a number, with a daemon whose clock is set during the call, or whose events are late, or both. */
export function clockSceneOf(seed: number): Scene {
  const random = new Random(Math.imul(seed, 0x9e3779b1));
  const scene = sceneOf(seed);
  const daemonClock = random.chance(0.8) ? random.pick(daemonClocks) : "true";
  const isLate = daemonClock === "true" || random.chance(0.3);
  const eventsLateMs = isLate ? random.pick([5, 30, 200]) : 0;
  // That a clock was set after a change, only a client can notice that knew it before.
  return { ...scene, daemonClock, eventsLateMs, isWarm: scene.isWarm || daemonClock.endsWith("after") };
}

/** The scene of a number, with a lease that may go in between; mostly where leases hold records. */
export function leaseSceneOf(seed: number): Scene {
  const random = new Random(Math.imul(seed, 0x9e3779b1));
  const scene = sceneOf(seed);
  const lease = random.pick(leases);
  const action = random.chance(0.5) ? random.pick(leaseActions) : scene.action;
  return {
    ...scene,
    ...(random.chance(0.8) ? ({ version: "2.x", hasCri: false } as const) : {}),
    // `raw` gives the server's own status of a missing lease.
    method: scene.method.startsWith("raw") ? random.pick(["create", "upsert", "replace"]) : scene.method,
    lease,
    action,
    // A daemon that starts collects before anybody can see what it did.
    fault:
      scene.fault.startsWith("kill") && (lease !== "kept" || action !== scene.action) ? "cut-applied" : scene.fault,
  };
}

function priorsOf(method: string): readonly [Prior, ...Prior[]] {
  if (method.startsWith("raw")) return priorsOf(method.slice("raw-".length));
  if (method.startsWith("delete")) return ["different", "different", "different", "absent"];
  if (method.startsWith("update") || method.startsWith("replace"))
    return ["different", "different", "different", "as-asked", "absent"];
  return ["absent", "absent", "absent", "different", "as-asked", "as-asked-dated", "as-asked-dated-written"];
}

/** One line that says what a scene is. */
export function titleOf(scene: Scene): string {
  const { seed, version, hasCri, route, method, prior, fault, faultAt, gatewayCode, cutAt, action, point } = scene;
  const detail = fault.startsWith("gateway")
    ? ` ${gatewayCode}`
    : fault.startsWith("bytes")
      ? ` ${cutAt.toFixed(3)}`
      : "";
  const parts = [
    `seed ${seed}`,
    `containerd ${version}${hasCri ? " with CRI" : ""} over ${route}`,
    `${method} of ${prior}`,
    `fault ${fault}${detail} at change ${faultAt}${scene.isLasting ? " and later" : ""}`,
    ...(scene.losesRead ? ["the read after it is lost"] : []),
    `other: ${action} ${point}`,
    `clock ${scene.clock}`,
    ...(scene.daemonClock === "true" ? [] : [`the daemon's ${scene.daemonClock}`]),
    ...(scene.eventsLateMs === 0 ? [] : [`events ${scene.eventsLateMs} ms late`]),
    ...(scene.lease === "none" ? [] : [`lease ${scene.lease}`]),
    scene.isWarm ? "warm" : "cold",
    ...(scene.retries ? [] : ["without retry"]),
  ];
  return parts.join("; ");
}
