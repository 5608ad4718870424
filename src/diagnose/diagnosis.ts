/**
 * What can be wrong, or worth knowing.
 *
 * @example
 * ```ts
 * const lasting: readonly Problem[] = ["permission-denied", "not-a-socket", "not-grpc", "no-images"];
 * const { findings } = await images.diagnose();
 * findings.some(({ problem }) => lasting.includes(problem)); // => false
 * ```
 */
export type Problem =
  /** There is no file at the socket's path. */
  | "socket-missing"
  /** The socket is there, and nobody listens on it: its daemon was killed, or is starting. */
  | "socket-stale"
  /** This user may not open the socket, or a proxy forbids the request. */
  | "permission-denied"
  /** The file at the path is no socket, or no path leads there. */
  | "not-a-socket"
  /** Something listens that does not speak gRPC. */
  | "not-grpc"
  /** The TLS handshake fails. */
  | "tls-failed"
  /** Nobody listens on the host and port, or the host cannot be reached. */
  | "unreachable"
  /** The connection is accepted, and no response comes. */
  | "silent"
  /** The server has no Images service: containerd's own TCP port, for example. */
  | "no-images"
  /** The server responds with an error that has no name here. */
  | "failing"
  /** The server is too old for something that this library offers. */
  | "old-version"
  /** The namespace holds no images. */
  | "namespace-empty"
  /** Another containerd responds on a well-known socket. */
  | "other-daemon";

/**
 * One thing that was found.
 *
 * @example
 * ```ts
 * const nowhere = new ImagesClient({ namespace: "default", address: "/run/nowhere.sock" });
 * const finding: Finding | undefined = (await nowhere.diagnose()).findings[0];
 * [finding?.problem, finding?.severity]; // => ["socket-missing", "error"]
 * console.error(finding?.message, finding?.advice);
 * ```
 */
export interface Finding {
  readonly problem: Problem;
  /** `error`: calls fail because of it. `warning`: they may not do what is expected. `note`: good to know. */
  readonly severity: "error" | "warning" | "note";
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string | undefined;
}

/**
 * A namespace of the daemon, and what it holds.
 *
 * @example
 * ```ts
 * const { namespaces } = await images.withNamespace("empty").diagnose();
 * const show = ({ name, images }: NamespaceSummary) => `${name}: ${images ?? "too many to count"}`;
 * console.log(namespaces.map(show).join("\n"));
 * ```
 */
export interface NamespaceSummary {
  readonly name: string;
  /** How many image records; `undefined` where they could not be counted, for example because they are too many. */
  readonly images: number | undefined;
}

/**
 * A containerd that responds on a well-known socket.
 *
 * @example
 * ```ts
 * const { ok, otherDaemons } = await images.diagnose();
 * const docker: OtherDaemon | undefined = otherDaemons.find(({ name }) => name === "Docker");
 * if (!ok && docker !== undefined) console.log(`try ${docker.address}, which is containerd ${docker.version}`);
 * ```
 */
export interface OtherDaemon {
  /** Who runs it, for example `Docker`. */
  readonly name: string;
  /** As the client's option `address` takes it. */
  readonly address: string;
  readonly version: string;
}

/**
 * What `diagnose` has found. Plain and JSON-safe.
 *
 * @example
 * ```ts
 * const diagnosis: Diagnosis = await images.diagnose();
 * [diagnosis.ok, diagnosis.images]; // => [true, 1]
 * console.log(JSON.stringify({ version: diagnosis.version, lacks: diagnosis.lacks, findings: diagnosis.findings }));
 * ```
 */
export interface Diagnosis {
  /** Whether calls of this client work. */
  readonly ok: boolean;
  /** Where they go; `undefined` for a transport of the caller's. */
  readonly address: string | undefined;
  readonly namespace: string;
  /** What the daemon says of itself; `undefined` where it does not. */
  readonly version: string | undefined;
  /** What of this library the daemon is too old for. */
  readonly lacks: readonly string[];
  /** How many image records the namespace holds; `undefined` where they could not be counted. */
  readonly images: number | undefined;
  /** The other namespaces; only looked at where this one is empty. */
  readonly namespaces: readonly NamespaceSummary[];
  /** Only looked for where this daemon does not respond, or the namespace is empty. */
  readonly otherDaemons: readonly OtherDaemon[];
  /** The most important first. */
  readonly findings: readonly Finding[];
  /** All of this for people to read, in several lines. */
  readonly text: string;
}
