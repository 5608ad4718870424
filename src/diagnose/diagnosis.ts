/**
 * What `diagnose` can find: a problem, or something worth knowing.
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
  /** The socket exists, but nobody listens on it: its daemon was killed, or is starting. */
  | "socket-stale"
  /** This user may not open the socket, or a folder above it, or a proxy forbids the request. */
  | "permission-denied"
  /** The file at the path is not a socket, or the path cannot be followed. */
  | "not-a-socket"
  /** Something listens there, but does not speak gRPC: Docker's API or containerd's ttrpc socket, for example. */
  | "not-grpc"
  /** The TLS handshake fails. */
  | "tls-failed"
  /** Nobody listens on the host and port, or the host cannot be reached. */
  | "unreachable"
  /** The connection is accepted, but no response comes. */
  | "silent"
  /** The server has no Images service: containerd's own TCP port, for example. */
  | "no-images"
  /** The server responds with an error that this list does not name. */
  | "failing"
  /** The server is too old for some features of this library. */
  | "old-version"
  /** The namespace holds no images. */
  | "namespace-empty"
  /** Another containerd responds on a well-known socket. */
  | "other-daemon"
  /** Another well-known socket exists, but this user may not open it. */
  | "other-socket-denied";

/**
 * One thing that `diagnose` has found.
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
 * A namespace of the daemon, and how many images it holds.
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
  /** The number of image records; `undefined` if they could not be counted, for example because there are too many. */
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
  /** The address, as the client's option `address` takes it. */
  readonly address: string;
  readonly version: string;
}

/**
 * What `diagnose` returns: a plain object that can be written as JSON.
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
  /** The address of the daemon; `dialed` for the option `dial`, `undefined` for the option `transport`. */
  readonly address: string | undefined;
  readonly namespace: string;
  /** The version that the daemon reports; `undefined` if it reports none. */
  readonly version: string | undefined;
  /** The features of this library for which the daemon is too old. */
  readonly lacks: readonly string[];
  /** The number of image records in the namespace; `undefined` if they could not be counted. */
  readonly images: number | undefined;
  /** The other namespaces of the daemon, at most 100 of them. They are only read if this one is empty. */
  readonly namespaces: readonly NamespaceSummary[];
  /** How many further namespaces the daemon has, which were not looked at. */
  readonly moreNamespaces: number;
  /**
   * Other daemons on this machine. They are only tried if the images cannot be listed, or if the namespace is empty.
   */
  readonly otherDaemons: readonly OtherDaemon[];
  /** The most important first. */
  readonly findings: readonly Finding[];
  /** All of this as text for people to read, in several lines. */
  readonly text: string;
  /** The same text, for `String(diagnosis)` and template literals. */
  toString(): string;
}
