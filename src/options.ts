import type { Filter } from "./filters/index.js";
import type { NewDescriptor } from "./image.js";
import type { RetryEvent } from "./rpc/retry-policy.js";

/**
 * How calls are retried. Every default is that of the client it is given to.
 *
 * @example
 * ```ts
 * const retry: RetryOptions = { maxAttempts: 3, onRetry: ({ method, code }) => console.warn(method, code) };
 * await images.withRetry(retry).get("app:1");
 * await images.get("app:1", { retry: { maxAttempts: 2 } }); // the other values are the client's
 * ```
 */
export interface RetryOptions {
  /**
   * Requests that may reach the server for one call, and one more where the peer says that it has not looked at one.
   * 1 turns retries off, and reading back with them.
   * @default 5
   */
  readonly maxAttempts?: number | undefined;
  /**
   * The first back-off is a random time up to this, each further one up to twice as much: 25, 50, 100, 200 ms.
   * @default 25
   */
  readonly baseDelayMs?: number | undefined;
  /**
   * No back-off is longer.
   * @default 1000
   */
  readonly maxDelayMs?: number | undefined;
  /** Told of every retry and of every lost answer that is resolved by reading back. What it throws fails the call. */
  readonly onRetry?: ((event: RetryEvent) => void) | undefined;
}

/**
 * What every method takes as its last argument.
 *
 * @example
 * ```ts
 * const abort = new AbortController();
 * const options: CallOptions = { timeoutMs: 2_000, signal: abort.signal, retry: false };
 * await images.get("app:1", options);
 * ```
 */
export interface CallOptions {
  /**
   * Ends the call, in whatever phase it is. The error is `canceled` with the signal's reason as `cause`; with
   * `AbortSignal.timeout()` it is `deadline_exceeded`.
   */
  readonly signal?: AbortSignal | undefined;
  /** One deadline for the whole call, all attempts and waiting included: a whole number of milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** Overrides the client's retry; `false` sends once and never reads back. */
  readonly retry?: RetryOptions | false | undefined;
  /**
   * Further metadata to send. Names that HTTP/2, gRPC or containerd reserve are refused, and a value whose name ends in
   * `-bin` has to be base64.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * What a write that sets timestamps takes.
 *
 * @example
 * ```ts
 * const options: WriteOptions = { sourceDateEpoch: new Date("2024-01-01T00:00:00Z") };
 * const { createdAt } = await images.create({ name: "app:2", target }, options);
 * createdAt.toISOString(); // => "2024-01-01T00:00:00.000Z"
 * ```
 */
export interface WriteOptions extends CallOptions {
  /**
   * Stored as the time of the change instead of the server's clock, for reproducible records. Needs containerd 1.7;
   * an older server would ignore it, so there the call fails with `failed_precondition` and nothing is sent.
   */
  readonly sourceDateEpoch?: Date | undefined;
}

/**
 * Lets a delete go ahead only while the record points at a digest. A digest does not say which record it is: one that
 * another client has deleted and created again for the same digest goes too.
 *
 * @example
 * ```ts
 * const { target } = await images.get("app:1");
 * const ifTarget: IfTarget = { digest: target.digest, fallback: "check-then-delete" };
 * await images.delete("app:1", { ifTarget }); // fails where app:1 has been moved since
 * ```
 */
export interface IfTarget {
  /** The digest that the record has to point at. */
  readonly digest: string;
  /**
   * What to do on a server before 2.0, which cannot compare: read the record, compare here, then delete. Another
   * writer can move the name in between, so this is not atomic. Without it such a server gets `failed_precondition`.
   */
  readonly fallback?: "check-then-delete" | undefined;
}

/**
 * What `delete` takes.
 *
 * @example
 * ```ts
 * const options: DeleteOptions = { sync: true, ignoreMissing: true };
 * await images.delete("app:1", options); // => true
 * await images.delete("app:1", options); // => false
 * ```
 */
export interface DeleteOptions extends CallOptions {
  /**
   * Answer only after a garbage collection has removed what nothing refers to any more. Raises the default deadline
   * to 60 s; a deadline that passes in the meantime does not bring the record back.
   * @default false
   */
  readonly sync?: boolean | undefined;
  /** Fails with `failed_precondition` when the record points elsewhere. */
  readonly ifTarget?: IfTarget | undefined;
  /**
   * A record that is not there is no error.
   * @default false
   */
  readonly ignoreMissing?: boolean | undefined;
}

/**
 * What `upsert` takes.
 *
 * @example
 * ```ts
 * const options: UpsertOptions = { labels: "replace" };
 * const { image } = await images.upsert({ name: "app:1", target, labels: { tier: "1" } }, options);
 * image.labels; // => { tier: "1" }
 * ```
 */
export interface UpsertOptions extends WriteOptions {
  /**
   * What becomes of the labels of a record that is there: `merge` sets those that are given and keeps the others,
   * `replace` leaves only those that are given.
   * @default "merge"
   */
  readonly labels?: "merge" | "replace" | undefined;
}

/**
 * What `tag` takes.
 *
 * @example
 * ```ts
 * const options: TagOptions = { force: true };
 * await images.tag("app:1", "app:stable", options);
 * await images.tag("app:1", "app:stable", options); // without `force` it would be `already_exists`
 * ```
 */
export interface TagOptions extends WriteOptions {
  /**
   * Points a name that is taken at the source's target, and gives it the source's labels, instead of failing.
   * @default false
   */
  readonly force?: boolean | undefined;
}

/**
 * A record for `deleteMany`: its name, or the record as it was read, which then goes only while it points there. With
 * its `createdAt` and `updatedAt` it goes only while nobody has created it again or changed it since, as a pull does: a
 * digest does not tell the two apart.
 *
 * @example
 * ```ts
 * const dev = await images.list(field.label("env").equals("dev"));
 * const doomed: readonly RecordToDelete[] = ["app:old", ...dev];
 * const { results } = await images.deleteMany(doomed);
 * results.map(({ name, status }) => `${name} ${status}`); // => ["app:old missing", "app:1 deleted"]
 * ```
 */
export type RecordToDelete =
  | string
  | {
      readonly name: string;
      readonly target: Pick<NewDescriptor, "digest">;
      readonly createdAt?: Date | undefined;
      readonly updatedAt?: Date | undefined;
    };

/**
 * What `deleteMany` takes; deadline and retry are those of each of its calls.
 *
 * @example
 * ```ts
 * const options: DeleteManyOptions = { everything: true, dryRun: true };
 * const { results } = await images.deleteMany(all, options);
 * results.map(({ name, status }) => `${name} ${status}`); // => ["app:1 would-delete"]
 * ```
 */
export interface DeleteManyOptions extends CallOptions {
  /**
   * Wait once for a garbage collection: the last record is deleted alone, after all others, with `sync`.
   * @default false
   */
  readonly sync?: boolean | undefined;
  /**
   * Deletes in flight at a time, 1 to 1000.
   * @default 8
   */
  readonly concurrency?: number | undefined;
  /**
   * Say what would be deleted and delete nothing.
   * @default false
   */
  readonly dryRun?: boolean | undefined;
  /**
   * Allows a filter that matches every record, such as `all`.
   * @default false
   */
  readonly everything?: boolean | undefined;
}

/**
 * What `waitFor` takes: at least one of `timeoutMs`, for the whole wait, and `signal`.
 *
 * @example
 * ```ts
 * const options: WaitOptions = { signal: AbortSignal.timeout(30_000) };
 * await images.waitFor("app:old", "absent", options); // => undefined
 * ```
 */
export interface WaitOptions extends CallOptions {}

/**
 * Any `Transport` of `@connectrpc/connect`.
 *
 * Said in our own words, because Connect's declarations need the DOM library, which programs for Node often leave out.
 *
 * @example
 * ```ts
 * import { InMemoryImages } from "containerd-images/testing";
 *
 * const transport: ConnectTransport = new InMemoryImages().transport;
 * await using images = new ImagesClient({ namespace: "default", transport });
 * await images.list(); // => []
 * ```
 */
export interface ConnectTransport {
  /** Sends one message and gets one back. */
  unary(
    method: never,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: never,
    input: never,
  ): Promise<unknown>;
  /** Sends and gets any number of messages. */
  stream(
    method: never,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: never,
    input: never,
  ): Promise<unknown>;
}

/**
 * How a client is made.
 *
 * @example
 * ```ts
 * const address = "/run/containerd/containerd.sock";
 * const options: ImagesClientOptions = { namespace: "k8s.io", address, timeoutMs: 30_000, maxConcurrency: 8 };
 * await using kubernetes = new ImagesClient(options);
 * console.log(await kubernetes.list());
 * ```
 */
export interface ImagesClientOptions {
  /** containerd keeps its records in namespaces: `default` for ctr, `k8s.io` for Kubernetes, `moby` for Docker. */
  readonly namespace: string;
  /**
   * Lease that protects what the calls create; it matters for records with a `containerd.io/gc.expire` label. Where such
   * a record is written and the lease does not exist, containerd from 2.0 on says so: `failed_precondition`.
   */
  readonly lease?: string | undefined;
  /**
   * One deadline for a call, all attempts included, in whole milliseconds.
   * @default 10000, and 60000 for `list` and `delete` with `sync`
   */
  readonly timeoutMs?: number | undefined;
  /** How calls are retried; `false` for not at all. */
  readonly retry?: RetryOptions | false | undefined;
  /**
   * Calls in flight at a time, four of them lists; more wait their turn inside their deadlines.
   * @default 64
   */
  readonly maxConcurrency?: number | undefined;
  /**
   * How long a call waits while nothing listens at the address.
   * @default the call's deadline once this client has reached the daemon, 1000 before
   */
  readonly waitForDaemonMs?: number | undefined;
  /**
   * A socket path, `unix:///path`, `http://host:port` or `https://host:port`.
   * @default "/run/containerd/containerd.sock"
   */
  readonly address?: string | undefined;
  /** Certificates for an `https://` address. */
  readonly tls?: TlsOptions | undefined;
  /** Any Connect transport instead of an address: gRPC-Web, in-memory, a test's own. It is never closed. */
  readonly transport?: ConnectTransport | undefined;
}

/**
 * Certificates for an `https://` address; each is PEM text or bytes, as `node:tls` takes them.
 *
 * @example
 * ```ts
 * const { CA: ca, CERT: cert, KEY: key } = process.env;
 * const tls: TlsOptions = { ca, cert, key, servername: "containerd.internal" };
 * await using remote = new ImagesClient({ namespace: "default", address: "https://10.0.0.7:8443", tls });
 * ```
 */
export interface TlsOptions {
  /** Authorities to trust instead of the system's. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** The client's certificate chain, for a peer that asks for one. */
  readonly cert?: string | Uint8Array | undefined;
  /** The key that belongs to {@link cert}. */
  readonly key?: string | Uint8Array | undefined;
  /** Name to ask for and to verify, where it differs from the address's host. */
  readonly servername?: string | undefined;
}

/**
 * How long {@link ImagesClient.close} waits.
 *
 * @example
 * ```ts
 * const options: CloseOptions = { graceMs: 1_000 };
 * const other = ImagesClient.fromEnv();
 * process.once("SIGTERM", () => void other.close(options)); // stops within a second, whatever is in flight
 * ```
 */
export interface CloseOptions {
  /**
   * Calls in flight may take this long to finish; then they are cut off.
   * @default 5000
   */
  readonly graceMs?: number | undefined;
}

/**
 * What to wait for.
 *
 * - `"present"`: there is a record of that name.
 * - `"absent"`: there is none.
 * - `{ digest, labels }`: there is one that points there and has these labels; `null` stands for a label that it must
 *   not have. One of the two is enough.
 * - a filter: there is one that it matches.
 *
 * @example
 * ```ts
 * const released: WaitCondition = field.label("env").oneOf("prod", "dev");
 * const { labels } = await images.waitFor("app:1", released, { timeoutMs: 5_000 });
 * labels; // => { env: "dev" }
 * ```
 */
export type WaitCondition = "present" | "absent" | RecordPattern | Filter;

/**
 * What a record has to be like; what is not named may be anything.
 *
 * @example
 * ```ts
 * const pattern: RecordPattern = { digest, labels: { env: "dev", broken: null } };
 * await images.waitFor("app:1", pattern, { timeoutMs: 5_000 });
 * ```
 */
export interface RecordPattern {
  readonly digest?: string | undefined;
  readonly labels?: Readonly<Record<string, string | null>> | undefined;
}

/**
 * What `watch` and `cache` take.
 *
 * @example
 * ```ts
 * const options: WatchOptions = { signal: AbortSignal.timeout(60_000), resyncIntervalMs: 60_000 };
 * await using cache = images.cache(field.label("env").present(), options); // ends after a minute
 * await cache.ready;
 * ```
 */
export interface WatchOptions {
  /** Ends the watch; its error is `canceled`, or `deadline_exceeded` with `AbortSignal.timeout()`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How often all records are listed again, in milliseconds, in case an event was lost.
   * @default 300000, and 30000 below containerd 2.0, where changes made inside the daemon publish no events
   */
  readonly resyncIntervalMs?: number | undefined;
  /**
   * How often all records are listed while there are no events, in milliseconds: the server has no Events service,
   * refuses it, or ends every stream.
   * @default 2000
   */
  readonly pollIntervalMs?: number | undefined;
  /** Further metadata to send with every request of the watch; names reserved by gRPC or containerd are rejected. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}
