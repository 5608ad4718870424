import { CLOCK_TOPIC } from "../codec/events.js";
import type { Image, NewImage } from "../image.js";
import { checkLease, checkListenAddress, inMemoryOptionsCheck } from "../schema/in-memory-options.js";
import { validateSeedImages } from "../schema/seed-image.js";
import { shown } from "../schema/shown.js";
import { type Call, type MethodName, readMethodName } from "./calls.js";
import { checkFault, type Fault, type FaultOptions, FaultQueue, readTimes } from "./faults.js";
import type { InMemoryTransport } from "./in-memory-transport.js";
import { type ContainerdVersion, isVersion, type Profile, profiles } from "./profile.js";
import { Collector } from "./services/collector.js";
import { Cri, type CriOptions } from "./services/cri.js";
import { EventHub } from "./services/event-hub.js";
import { imagesService } from "./services/images-service.js";
import { otherServices } from "./services/other-services.js";
import { checkNamespace } from "./store/checks.js";
import { imageFromRecord } from "./store/image-record.js";
import { type Clock, systemClock } from "./store/instant.js";
import { seedsOf } from "./store/seed.js";
import { Store } from "./store/store.js";
import { Connections } from "./transports/connections.js";
import { createDispatch, type Dispatch } from "./transports/dispatch.js";
import { serveConnection } from "./transports/http2-connection.js";
import { type ImageServer, startServer } from "./transports/image-server.js";
import { inProcessTransport } from "./transports/in-process-transport.js";

/**
 * The options of {@link InMemoryImages}. A switch of {@link Profile} that is given overrides that of the version.
 *
 * @example
 * ```ts
 * new InMemoryImages({ version: "1.6", clock: () => 1_700_000_000_000_000_000n, collectionMs: 50 });
 * ```
 */
export interface InMemoryImagesOptions extends Readonly<Partial<{ [Key in keyof Profile]: Profile[Key] | undefined }>> {
  /**
   * The series of containerd to imitate.
   * @default "2.1"
   */
  readonly version?: ContainerdVersion | undefined;
  /**
   * The server's clock, for timestamps, expiry and events: nanoseconds since 1970, UTC.
   * @default the machine's clock
   */
  readonly clock?: Clock | undefined;
  /**
   * How long a garbage collection takes, in milliseconds. A synchronous delete waits for it.
   * @default 0
   */
  readonly collectionMs?: number | undefined;
  /**
   * Whether to act as a daemon whose CRI plugin is on, as on every Kubernetes node. In the namespace `k8s.io` only, CRI
   * gives the label `io.cri-containerd.image: managed` to every record that a client creates or updates without it,
   * some milliseconds after the response. If the label is removed or changed, CRI sets it again.
   *
   * With {@link CriOptions.configDigests} it also makes the record `sha256:…` that a daemon makes for each image. Like
   * CRI, it never deletes that record: the image goes only when a client deletes all its records.
   *
   * It knows no content, so it labels every record; on a daemon, a record without content gets no label. It pulls and
   * pins nothing, and it does not act on records of `seed`.
   * @default false
   *
   * @example
   * ```ts
   * const node = new InMemoryImages({ cri: true });
   * await using k8s = new ImagesClient({ namespace: "k8s.io", transport: node.transport });
   * await k8s.create({ name: "docker.io/library/app:1", target });
   * const labels = { "io.cri-containerd.image": "managed" };
   * await k8s.waitFor("docker.io/library/app:1", { labels }, { timeoutMs: 5_000 });
   * ```
   */
  readonly cri?: boolean | CriOptions | undefined;
  /**
   * Whether `calls` and `crashes` record calls. Use `false` for a server that runs for a long time.
   * @default true
   */
  readonly recordsCalls?: boolean | undefined;
}

/**
 * A record together with its namespace.
 *
 * @example
 * ```ts
 * service.snapshot().map(({ namespace, name }) => `${namespace}/${name}`); // => ["default/app:1"]
 * ```
 */
export interface NamespacedImage extends Image {
  readonly namespace: string;
}

/**
 * A record to start with. It is stored in the namespace `default` unless it names another one.
 *
 * @example
 * ```ts
 * const image: SeedImage = { namespace: "k8s.io", name: "app:1", target, labels: { env: "prod" } };
 * service.seed([image]);
 * ```
 */
export interface SeedImage extends Omit<NewImage, "namespace"> {
  readonly namespace?: string | undefined;
}

/**
 * containerd's Images service in memory. It responds as the daemon does, but needs no root and no daemon.
 *
 * Serves Images, `Version`, `Namespaces/List` and `/Delete`, `Events/Subscribe` and `/Publish`, and
 * `Introspection/Server` for `ctr`; everything else is `unimplemented`. Its other methods let a test read what has
 * happened, and cause faults.
 *
 * As `"1.6"` it stores bytes that are not UTF-8, as that does: `calls` and `snapshot()` show each such byte as a lone
 * surrogate, U+DC80 to U+DCFF.
 *
 * @example
 * ```ts
 * const service = new InMemoryImages({ version: "1.7" });
 * service.seed([{ name: "app:1", target }]);
 * await using images = new ImagesClient({ namespace: "default", transport: service.transport });
 * await images.delete("app:1");
 * service.calls.at(-1)?.method; // => "delete"
 * ```
 */
export class InMemoryImages {
  /**
   * Every call that reached the service and could be decoded, in order, including failed ones. Calls with which a
   * client finds out the outcome of a lost response are left out: `Introspection/Server`, `Events/Publish`, and the
   * subscription to the events that the client itself publishes.
   */
  readonly calls: readonly Call[];
  /**
   * The calls that would have crashed a real daemon: a create or an update whose image or target was unset; on 1.6, a
   * publish whose event was unset.
   */
  readonly crashes: readonly Call[];
  /** A Connect transport to this service, inside the process. Every call has its own connection. */
  readonly transport: InMemoryTransport;
  /** How this service behaves: all switches, with those of the version filled in. */
  readonly profile: Profile;
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #collector: Collector;
  readonly #cri: Cri | undefined;
  readonly #faults = new FaultQueue();
  readonly #connections = new Connections();
  readonly #servers = new Set<ImageServer>();
  readonly #dispatch: Dispatch;

  /**
   * @throws ValidationError for an option that there is not, and for a wrong value of an option
   * @throws RangeError for a version that cannot be imitated
   */
  constructor(options: InMemoryImagesOptions = {}) {
    checkOptions(options);
    this.profile = profileOf(options);
    this.#clock = options.clock ?? systemClock();
    this.#store = new Store(this.profile);
    const events = new EventHub(this.#clock);
    this.#collector = new Collector(this.#store, events, this.#clock);
    const calls: Call[] = [];
    const crashes: Call[] = [];
    this.calls = calls;
    this.crashes = crashes;
    const parts = { store: this.#store, events, collector: this.#collector, clock: this.#clock, profile: this.profile };
    const { collectionMs = 0, recordsCalls = true, cri = false } = options;
    this.#cri = cri === false ? undefined : new Cri(parts, cri === true ? {} : cri);
    this.#dispatch = createDispatch({
      profile: this.profile,
      rpcs: [
        ...imagesService({ ...parts, cri: this.#cri, collectionMs }),
        ...otherServices(this.#store, events, this.profile),
      ],
      faults: this.#faults,
      onCall: (call) => recordsCalls && !isAboutTheDaemon(call) && calls.push(call),
      onCrash: (call) => recordsCalls && crashes.push(call),
    });
    this.transport = inProcessTransport(this.#dispatch, this.#connections);
  }

  /**
   * Serves gRPC on a Unix socket (`unix:///path`, or a path), an abstract socket of Linux (`unix-abstract:name`), a
   * named pipe of Windows (`npipe:////./pipe/name`) or a TCP port (`127.0.0.1:0` for any free port).
   *
   * A socket that a killed server has left behind is replaced. All servers of a service serve the same records.
   *
   * @throws ValidationError if the address is no text, RangeError if it is of another form, and the system's error
   * (such as EADDRINUSE) if the system does not let this process listen there
   *
   * @example
   * ```ts
   * await using server = await service.listen("127.0.0.1:0");
   * const images = new ImagesClient({ namespace: "default", address: server.address });
   * ```
   */
  async listen(address: string): Promise<ImageServer> {
    checkListenAddress(address);
    const server = await startServer(
      address,
      (socket) => serveConnection(socket, this.#dispatch, this.#connections),
      () => this.#servers.delete(server),
    );
    this.#servers.add(server);
    return server;
  }

  /**
   * Applies a fault to the next call of `method`, or to the next `times` calls. `"*"` stands for all methods. Faults
   * that are added before those calls apply to the calls after them.
   *
   * With `"*"` and `times: Infinity` it is an outage, until {@link recover}. Streams of events that are already open
   * stay open.
   *
   * @throws RangeError if the service has no such method, if the value is not a fault, or if `times` is not a count
   *
   * @example
   * ```ts
   * service.failNext("create", "drop-after-commit"); // applied, but the response is lost
   * service.failNext("list", "unavailable", { times: 2 });
   * service.failNext("*", "unavailable", { times: Infinity });
   * await images.get("app:1").catch(isUnavailable); // => true
   * service.recover();
   * (await images.get("app:1")).name; // => "app:1"
   * ```
   */
  failNext(method: MethodName | Capitalize<MethodName> | "*", fault: Fault, options: FaultOptions = {}): void {
    checkFault(fault);
    this.#faults.add(method === "*" ? method : readMethodName(method), fault, readTimes(options));
  }

  /**
   * Forgets all faults of {@link failNext} that were not used up: the next call succeeds. A call that is being delayed
   * continues after its delay.
   *
   * @example
   * ```ts
   * service.failNext("get", "unavailable", { times: Infinity });
   * service.recover();
   * await images.get("app:1");
   * ```
   */
  recover(): void {
    this.#faults.clear();
  }

  /**
   * Stores records without a call and without an event. Existing records with the same names are replaced.
   *
   * It takes what `create` takes. `createdAt` and `updatedAt` are stored as given; without them the time of the clock
   * is stored. A value that is no record is a `ValidationError`, as in `create`. A record that no server would store is
   * rejected with the status message that its create would get, after its place in the list. Then nothing is stored.
   *
   * @example
   * ```ts
   * service.seed([{ name: "app:1", target, labels: { env: "prod" } }]);
   * ```
   */
  seed(images: Iterable<SeedImage>): void {
    for (const { namespace, record } of seedsOf(validateSeedImages(images), this.profile, this.#clock)) {
      this.#store.put(namespace, record);
    }
  }

  /**
   * Returns all records of all namespaces, ordered by the bytes of namespace and name. {@link seed} accepts the result.
   *
   * @example
   * ```ts
   * service.snapshot().map(({ name, labels }) => [name, labels]); // => [["app:1", { env: "dev" }]]
   * ```
   */
  snapshot(): NamespacedImage[] {
    return this.#store
      .namespaces()
      .flatMap((namespace) => this.#store.list(namespace).map((record) => ({ namespace, ...imageFromRecord(record) })));
  }

  /**
   * Creates a lease. It can then protect images with a `containerd.io/gc.expire` label.
   *
   * @throws ValidationError for an `id` that the option `lease` of a client does not take; a `namespace` that the
   * server rejects is an error with the message of its status
   *
   * @example
   * ```ts
   * service.addLease("pull-42"); // a client with `withLease("pull-42")` can now write records that expire
   * ```
   */
  addLease(id: string, namespace = "default"): void {
    checkLease("addLease", id, namespace);
    this.#store.addLease(checkNamespace(namespace), id);
  }

  /**
   * Removes a lease. Images that only this lease protected can then be collected.
   *
   * @throws as {@link addLease} does
   */
  removeLease(id: string, namespace = "default"): void {
    checkLease("removeLease", id, namespace);
    this.#store.removeLease(checkNamespace(namespace), id);
  }

  /**
   * Collects garbage now: it removes images whose `containerd.io/gc.expire` has passed, and publishes an event for each
   * (from 2.0 on).
   *
   * Garbage is also collected during a synchronous delete, and 250 ms after any other delete or a hundred changes.
   *
   * @example
   * ```ts
   * service.seed([{ name: "old", target, labels: { "containerd.io/gc.expire": "2001-01-01T00:00:00Z" } }]);
   * service.collectGarbage();
   * service.snapshot().some(({ name }) => name === "old"); // => false
   * ```
   */
  collectGarbage(): void {
    this.#collector.collect();
  }

  /** Closes every server, breaks every connection, and cancels what CRI would have done. */
  async close(): Promise<void> {
    this.#cri?.close();
    this.#connections.breakAll();
    await Promise.all([...this.#servers].map((server) => server.close()));
  }

  /** Closes it at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const checkOptions = inMemoryOptionsCheck<Exclude<keyof InMemoryImagesOptions, keyof Profile>>(profiles["2.1"]);

function profileOf(options: InMemoryImagesOptions): Profile {
  const { version = "2.1" } = options;
  if (!isVersion(version))
    throw new RangeError(`version must be one of ${Object.keys(profiles).join(", ")}: ${shown(version)}`);
  const profile = profiles[version];
  const overrides = Object.entries(options).filter(([key, value]) => key in profile && value !== undefined);
  return { ...profile, ...Object.fromEntries(overrides) };
}

function isAboutTheDaemon(call: Call): boolean {
  const isClock = call.method === "subscribe" && call.request.filters.some((filter) => filter.includes(CLOCK_TOPIC));
  return isClock || call.method === "server" || call.method === "publish";
}
