import type { Duplex } from "node:stream";
import type { ErrorCode } from "./errors.js";
import type { Filter } from "./filters/index.js";
import type { Labels, NewDescriptor } from "./image.js";

/**
 * How calls are retried. The defaults below are those of a client; the options of a single call change only the values
 * that they name.
 *
 * While most calls fail, the client stops retrying: every `unavailable` that the server or a proxy reports takes one of
 * 10 tokens, every success returns 0.1, and a call is retried only while more than half of the tokens are there
 * (gRFC A6).
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
   * How many requests of one call may reach the server. The first request that the peer rejects without processing it
   * does not count. 1 turns off retries and reading back; the most is 100.
   * @default 5
   */
  readonly maxAttempts?: number | undefined;
  /**
   * The upper bound of the first back-off, in whole milliseconds, from 0 to 99,999,999. Each back-off is a random time
   * between zero and its bound; the bound doubles with every retry: 25, 50, 100, 200 ms.
   * @default 25
   */
  readonly baseDelayMs?: number | undefined;
  /**
   * The upper bound of every back-off, in whole milliseconds, from 0 to 99,999,999.
   * @default 1000
   */
  readonly maxDelayMs?: number | undefined;
  /**
   * Called before every retry and every read-back, and when a read-back shows that the change was applied. If it
   * throws, the call fails with that error. It is not awaited: an `async` function has to catch its own errors, because
   * Node ends the process for a rejection that nobody handles.
   */
  readonly onRetry?: ((event: RetryEvent) => void) | undefined;
}

/**
 * What reached the server.
 *
 * - `never-sent`: no byte of the request was sent, or no connection could be made.
 * - `refused`: the peer did not process the request: GOAWAY with a lower id, or REFUSED_STREAM over a Unix socket or a
 *   pipe. Elsewhere the peer may be a proxy, which sends REFUSED_STREAM also for requests that it has passed on.
 * - `no-answer`: all or a part of the request was sent and no response came; the request may have been applied.
 * - `answered`: the server responded, with a status or with something that cannot be decoded.
 *
 * @example
 * ```ts
 * const seen: Record<Evidence, number> = { "never-sent": 0, refused: 0, "no-answer": 0, answered: 0 };
 * const onRetry = ({ evidence }: RetryEvent) => void seen[evidence]++;
 * await images.withRetry({ onRetry }).create({ name: "app:2", target });
 * console.log(seen["no-answer"]); // how often a response was lost
 * ```
 */
export type Evidence = "never-sent" | "refused" | "no-answer" | "answered";

/**
 * What `onRetry` receives: a request failed, and this is what the library does next.
 *
 * @example
 * ```ts
 * const onRetry = ({ method, imageName, attempt, code, action, delayMs }: RetryEvent) =>
 *   console.warn(`${method} ${imageName}: request ${attempt} was ${code}; ${action} in ${delayMs} ms`);
 * await images.withRetry({ onRetry }).get("app:1");
 * ```
 */
export interface RetryEvent {
  /** The RPC in lower case, for example `create`. */
  readonly method: string;
  readonly namespace: string;
  readonly imageName: string | undefined;
  /** How many requests of this RPC were handed to a connection so far; 0 if none was. */
  readonly attempt: number;
  /** How the last request failed. */
  readonly code: ErrorCode;
  /** What of the last request reached the server. */
  readonly evidence: Evidence;
  /**
   * What comes next: `retry` sends the request again after {@link delayMs}; `read-back` reads the record to find out
   * whether the request was applied; `resolved` means that the read-back showed it was, and the call succeeds.
   */
  readonly action: "retry" | "read-back" | "resolved";
  /** How long the call waits before the request is sent again, in milliseconds; 0 for the other actions. */
  readonly delayMs: number;
}

/**
 * The options of a call, which methods take as their last argument. `watch`, `cache` and `raw` have options of their
 * own.
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
   * Ends the call at once when it aborts. The error is `canceled` with the signal's reason as `cause`, or
   * `deadline_exceeded` if the signal is an `AbortSignal.timeout()`.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * The deadline of the whole call, all attempts and all waiting included: a whole number of milliseconds, from 1 to
   * 99,999,999 (nearly 28 hours). Without it the deadline is the client's.
   */
  readonly timeoutMs?: number | undefined;
  /** Overrides the client's retry options; `false` sends the request once and never reads back. */
  readonly retry?: RetryOptions | false | undefined;
  /**
   * More metadata to send. A name that HTTP/2, gRPC or containerd reserves is an error. A value is printable ASCII
   * without spaces at either end, and base64 if its name ends in `-bin`.
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
   * The server stores this date as the time of the change instead of its own time, for reproducible records. It needs
   * containerd 1.7. An older server would ignore it, so on an older server the call fails with `failed_precondition`
   * and the change is not sent.
   */
  readonly sourceDateEpoch?: Date | undefined;
}

/**
 * Deletes a record only if it points at a digest. The digest does not identify the record: if another client has
 * deleted the record and created it again with the same digest, the new record is deleted.
 *
 * The target of a record that was read can be given; of its fields only the digest counts.
 *
 * @example
 * ```ts
 * const { target } = await images.get("app:1");
 * const ifTarget: IfTarget = { digest: target.digest, fallback: "check-then-delete" };
 * await images.delete("app:1", { ifTarget }); // fails if app:1 has been moved since
 * ```
 */
export interface IfTarget {
  /** The digest that the record must point at. */
  readonly digest: string;
  /**
   * What to do on a server before 2.0, which cannot compare digests: read the record, compare in the client, then
   * delete. This is not atomic: another writer can move the name between the read and the delete. Without `fallback`
   * the call fails on such a server with `failed_precondition`.
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
   * The server responds only after a garbage collection has removed the content that nothing refers to any more. This
   * raises the default deadline to 60 s. If the deadline passes during the garbage collection, the record is deleted
   * anyway; the call then takes up to 200 ms more to read whether it is.
   * @default false
   */
  readonly sync?: boolean | undefined;
  /**
   * The call fails with `failed_precondition` if the record points at another digest. `undefined` is no condition: do
   * not write `{ ifTarget: image?.target }`, because without an image the call deletes whatever is there by then.
   */
  readonly ifTarget?: IfTarget | undefined;
  /**
   * A missing record is not an error; the call returns `false`.
   * @default false
   */
  readonly ignoreMissing?: boolean | undefined;
}

/**
 * What `upsert` takes.
 *
 * The call is `aborted` if other clients create and delete the name 16 times while it runs.
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
   * What happens to the labels of an existing record: `merge` sets the labels that are given and keeps the others;
   * `replace` removes the others.
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
   * If the new name exists, the call updates its record with the source's target and labels, instead of failing.
   * @default false
   */
  readonly force?: boolean | undefined;
}

/**
 * A record for `deleteMany`: its name, or the record as it was read.
 *
 * If you give a name, its record is deleted without any comparison. If you give a record, it is deleted only if it
 * still points at the same digest, and, if `createdAt` and `updatedAt` are given, only if it was not created again or
 * changed since. Give the dates if other programs pull images: a pull can write the same digest again. With `updatedAt`
 * also `labels` count, if they are given: a writer that chooses its dates can change them and keep `updatedAt`.
 *
 * If a list has the same name twice, the last of them counts, and there is one result. A `namespace` is an error: the
 * client has it. So is `lables` without `labels`, or any other unknown field that may be meant as one that is absent.
 *
 * @example
 * ```ts
 * const dev = await images.list(field.label("env").equals("dev"));
 * const records: readonly RecordToDelete[] = ["app:old", ...dev];
 * const { results } = await images.deleteMany(records);
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
      readonly labels?: Labels | undefined;
      readonly namespace?: undefined;
    };

/**
 * What `deleteMany` takes. The list and each record, which may take several requests, have their own deadline.
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
   * Wait once for a garbage collection: the last record is deleted with `sync`, after all the others.
   * @default false
   */
  readonly sync?: boolean | undefined;
  /**
   * How many deletes may be in flight at a time: 1 to 1000.
   * @default 8
   */
  readonly concurrency?: number | undefined;
  /**
   * Report what would be deleted, and delete nothing.
   * @default false
   */
  readonly dryRun?: boolean | undefined;
  /**
   * Allow a filter that matches every record, such as `all` or `field.name.present()`. Without it such a filter is a
   * `ValidationError`.
   * @default false
   */
  readonly everything?: boolean | undefined;
}

/**
 * What `waitFor` takes. It needs a `timeoutMs`, which is the deadline of the whole wait, or a `signal`, or both.
 *
 * The record is read at once and again after 50 ms; the delay doubles with every read, up to 1 s.
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
 * The type is declared here again because Connect's own declarations need TypeScript's DOM library, which programs for
 * Node often leave out.
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
  /** Sends one message and receives one. */
  unary(
    method: never,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: never,
    input: never,
  ): Promise<unknown>;
  /** Sends and receives any number of messages. */
  stream(
    method: never,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: never,
    input: never,
  ): Promise<unknown>;
}

/**
 * Opens one connection to containerd, for the option `dial`: any `Duplex` of `node:stream` that carries HTTP/2 and
 * nothing else, for example a channel of an ssh connection, or a `net.Socket` or `TLSSocket`, which may still be
 * connecting.
 *
 * - It must return a new stream for each call, and always lead to the same daemon. The client owns the stream and
 *   destroys it. The client calls the function when the first call needs a connection, and again when that connection
 *   is lost or was idle for 5 minutes. Requests over 4 KiB other than creates, and watches behind a proxy that allows
 *   few streams, open connections of their own.
 * - All waiting calls share one call of it. It is not called again while it is pending, unless its signal has aborted.
 * - `signal` aborts when no call waits for the connection any more, or when the client closes. A stream that is
 *   returned after that is destroyed. Once the client has the stream, the signal means nothing for it.
 * - If it throws or rejects, the message of the call's error begins with `dial failed:`, its `code` is `unavailable`,
 *   and the `cause` chain has the thrown error. Calls wait as for an address where nothing listens, and the client
 *   dials again after 90 ms, and then after twice as long each time, up to a second. A stream that is destroyed with an
 *   error before the daemon has responded counts the same.
 * - If that would not help, throw an error whose `code` is `unauthenticated`, `permission_denied`,
 *   `failed_precondition` or `invalid_argument`: the calls end at once, with this code. They also end at once, with
 *   `unavailable`, for a `TypeError` or `ReferenceError` and for a result that is no stream of bytes. EACCES ends them
 *   with `permission_denied`, but once the daemon was reached, or nothing has listened (ENOENT, ECONNREFUSED), only if
 *   it lasts a second. A later call dials again, and so does a watch that has worked before.
 * - An idle client lets the process exit only if the stream has a method `unref`, as a `net.Socket` has. A channel of
 *   `ssh2` has none: close the client and the ssh connection.
 *
 * @example
 * ```ts
 * import { connect } from "node:net";
 *
 * const dial: Dial = () => connect("/run/containerd/containerd.sock");
 * await using images = new ImagesClient({ namespace: "default", dial });
 * await images.list();
 *
 * const refused: Dial = () => {
 *   throw Object.assign(new Error("the host has another key"), { code: "unauthenticated" });
 * };
 * await using unknown = new ImagesClient({ namespace: "default", dial: refused });
 * const error = await unknown.list().catch((reason) => reason);
 * isImagesError(error) && error.code; // => "unauthenticated"
 * ```
 */
export type Dial = (signal: AbortSignal) => Duplex | Promise<Duplex>;

/**
 * Certificates for an `https://` address; each is PEM text or bytes, as `node:tls` takes them.
 *
 * `new ImagesClient` checks them before anything is dialed. An empty text, the path of a file, a certificate without
 * its key, and a key of another certificate are a `ValidationError`. Whether a certificate has expired, and whether the
 * server accepts it, is known only when the client connects. Bytes are copied, and kept for later connections.
 *
 * @example
 * ```ts
 * const { CA: ca, CERT: cert, KEY: key } = process.env;
 * const tls: TlsOptions = { ca, cert, key, servername: "containerd.internal" };
 * await using remote = new ImagesClient({ namespace: "default", address: "https://10.0.0.7:8443", tls });
 * ```
 */
export interface TlsOptions {
  /** Certificate authorities to trust instead of the system's. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** The client's certificate chain, for a server that asks for one. It needs the {@link key}. */
  readonly cert?: string | Uint8Array | undefined;
  /** The private key of {@link cert}, not encrypted. */
  readonly key?: string | Uint8Array | undefined;
  /** The name to ask for and to verify, if it is not the host of the address. */
  readonly servername?: string | undefined;
}

/**
 * What `new ImagesClient` takes.
 *
 * A connection without calls and watches is closed after 5 minutes; the next call opens another one.
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
  /**
   * The containerd namespace of the records: `default` for ctr, `k8s.io` for Kubernetes, `moby` for Docker. By
   * containerd's rule it is ASCII letters and digits in groups that one of `.`, `_`, `-` joins, 76 characters at most.
   */
  readonly namespace: string;
  /**
   * The lease that protects what the calls create. It matters for records with a `containerd.io/gc.expire` label: if
   * the lease does not exist, containerd 2.0 and later reject the write of such a record, with `failed_precondition`
   * (in calls of `raw` with their own `not_found`). Printable ASCII without spaces.
   */
  readonly lease?: string | undefined;
  /**
   * Which names `create`, `upsert`, `tag` and `raw.create` accept for the record that they write. With `"canonical"` a
   * name that Docker and CRI cannot use, such as `app:1`, is a `ValidationError` that says the full name, and
   * nothing is sent. Names that these systems make for themselves, such as `sha256:…`, are rejected too. Records of any
   * name can still be read, changed and deleted.
   * @default "any"
   */
  readonly names?: "any" | "canonical" | undefined;
  /**
   * The deadline of each call, all attempts and all waiting included, in whole milliseconds, from 1 to 99,999,999.
   * @default 10000, and 60000 for `list` and `delete` with `sync`
   */
  readonly timeoutMs?: number | undefined;
  /** How calls are retried; `false` sends each request once and never reads back. */
  readonly retry?: RetryOptions | false | undefined;
  /**
   * How many requests may be in flight at a time, from 1 to 1,000,000; at most 4 of them may be lists. Further calls
   * wait their turn, within their deadlines.
   * @default 64
   */
  readonly maxConcurrency?: number | undefined;
  /**
   * How long a call waits while nothing listens at the address, in whole milliseconds, from 0 to 99,999,999, but not
   * beyond its deadline. If the daemon has just started, this process may not open its socket until its group is set:
   * that is waited for too, but never for more than 1 s. It has no effect over a {@link transport}: there, calls do not
   * wait, they are only retried.
   * @default the call's deadline once this client has reached the daemon, 1000 before
   */
  readonly waitForDaemonMs?: number | undefined;
  /**
   * Where containerd listens: a socket path, `unix:///path`, `unix-abstract:name`, `npipe:////./pipe/name`,
   * `http://host:port` or `https://host:port`. On Windows the default is `\\.\pipe\containerd-containerd`.
   * @default "/run/containerd/containerd.sock"
   */
  readonly address?: string | undefined;
  /** Certificates for an `https://` address. */
  readonly tls?: TlsOptions | undefined;
  /**
   * A Connect transport to use instead of an address, for example gRPC-Web, or one for tests. The client never closes
   * it.
   */
  readonly transport?: ConnectTransport | undefined;
  /**
   * A function that opens the connections, instead of an address: for ssh, a port that is forwarded, a vsock. See
   * {@link Dial}. Traces and `diagnose` show the address `dialed`.
   */
  readonly dial?: Dial | undefined;
}

/**
 * What {@link ImagesClient.close} takes.
 *
 * @example
 * ```ts
 * const options: CloseOptions = { graceMs: 1_000 };
 * const other = ImagesClient.fromEnv();
 * process.once("SIGTERM", () => void other.close(options)); // stops within a second, even with calls in flight
 * ```
 */
export interface CloseOptions {
  /**
   * How long calls in flight may take to finish: a whole number of milliseconds, from 0 to 99,999,999. After that they
   * fail with `unavailable`.
   * @default 5000
   */
  readonly graceMs?: number | undefined;
}

/**
 * The condition that ends `waitFor`.
 *
 * - `"present"`: there is a record of that name.
 * - `"absent"`: there is no record of that name.
 * - `{ digest, labels }`: there is a record that points at this digest and has these labels; `null` stands for a label
 *   that it must not have. One of the two is enough.
 * - a filter: there is a record of that name that the filter matches.
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
 * A pattern for the record that ends a wait. A field that is left out can have any value.
 *
 * A record or a descriptor that was read is a pattern too. Of a record, the digest of its target and all its labels
 * count; of a descriptor, the digest. Their other fields, also the name, are ignored. A `namespace` is an error: the
 * client has it.
 *
 * @example
 * ```ts
 * const pattern: RecordPattern = { digest, labels: { env: "dev", broken: null } };
 * const image = await images.waitFor("app:1", pattern, { timeoutMs: 5_000 });
 * await images.waitFor("app:1", image.target, { timeoutMs: 5_000 });
 * ```
 */
export interface RecordPattern {
  readonly digest?: string | undefined;
  /** The digest in the place where a record has it. */
  readonly target?: Pick<NewDescriptor, "digest"> | undefined;
  readonly labels?: Readonly<Record<string, string | null>> | undefined;
  readonly namespace?: undefined;
}

/**
 * What `watch` and `cache` take.
 *
 * All watches of a client share its connection while it has room. When a proxy would leave fewer than 64 streams for
 * calls, watches open connections of their own, at most 16; further watches list every `pollIntervalMs` instead.
 *
 * If a subscription has brought nothing for 30 s, the watch asks the server for its version. Without a response within
 * 5 s it subscribes again.
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
   * How often all records are listed again, in case an event was lost: in whole milliseconds, from 1 to 99,999,999.
   * @default 300000, and 30000 below containerd 2.0, where the Transfer service (of 1.7) publishes no events, or if the
   * server does not say its version
   */
  readonly resyncIntervalMs?: number | undefined;
  /**
   * How often all records are listed while the server sends no events, in whole milliseconds, from 1 to 99,999,999. A
   * server sends no events while it has no Events service, rejects the subscription, or ends every stream.
   * @default 2000
   */
  readonly pollIntervalMs?: number | undefined;
  /** More metadata to send with every request of the watch, by the rules of {@link CallOptions.headers}. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Only its requests have a deadline, the client's; `signal: AbortSignal.timeout(…)` ends the watch after a while. */
  readonly timeoutMs?: undefined;
  /** A watch retries transient failures for as long as it runs. */
  readonly retry?: undefined;
}

/**
 * What a call of `raw` takes: the options of Connect's generated clients, without `contextValues`. Retries are those of
 * the client, as set by its options or by `withRetry`.
 *
 * @example
 * ```ts
 * const options: RawCallOptions = { timeoutMs: 2_000, onHeader: (header) => console.log(header.get("content-type")) };
 * await images.raw.get({ name: "app:1" }, options);
 * ```
 */
export interface RawCallOptions {
  /** As {@link CallOptions.signal}. */
  readonly signal?: AbortSignal | undefined;
  /** As {@link CallOptions.timeoutMs}. */
  readonly timeoutMs?: number | undefined;
  /** More metadata to send, by the rules of {@link CallOptions.headers}. */
  readonly headers?: Headers | Record<string, string> | [string, string][] | undefined;
  /** Called with the header of the response, if the call succeeds. What it throws is what the call rejects with. */
  readonly onHeader?: ((header: Headers) => void) | undefined;
  /** Called with the trailer of the response; otherwise as `onHeader`. */
  readonly onTrailer?: ((trailer: Headers) => void) | undefined;
}
