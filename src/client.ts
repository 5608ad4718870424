import { isProxy } from "node:util/types";
import { requestOf } from "./codec/request.js";
import { createRequest, deleteRequest, getRequest, updateRequest } from "./codec/requests.js";
import { emptyResponse, imageResponse } from "./codec/responses.js";
import { ClientCalls } from "./core/client-calls.js";
import { type ClientSettings, defaultTimeoutMs, retryPolicy } from "./core/client-settings.js";
import { connect } from "./core/connection.js";
import { clientOptionsFromEnv } from "./core/environment.js";
import { CLOSE_GRACE_MS } from "./defaults.js";
import type { Diagnosis } from "./diagnose/diagnosis.js";
import { isNotFound } from "./errors.js";
import { all, type Filter } from "./filters/index.js";
import type { Image, NewImage } from "./image.js";
import { deleteIfTarget } from "./operations/conditional-delete.js";
import { deleteMany } from "./operations/delete-many.js";
import { findImage } from "./operations/find.js";
import { eachImage, listImages } from "./operations/large-lists.js";
import { tag } from "./operations/tag.js";
import { upsert } from "./operations/upsert.js";
import { waitForImage } from "./operations/wait-for.js";
import type {
  CallOptions,
  CloseOptions,
  DeleteManyOptions,
  DeleteOptions,
  ImagesClientOptions,
  RecordToDelete,
  RetryOptions,
  TagOptions,
  UpsertOptions,
  WaitCondition,
  WaitOptions,
  WatchOptions,
  WriteOptions,
} from "./options.js";
import { type ImagePatch, patchedImage, pathsOf } from "./patch.js";
import { rawClient } from "./raw/raw-client.js";
import type { RawImages } from "./raw/raw-images.js";
import type { RawSend } from "./raw/to-transport.js";
import type { DeleteManyResult, UpsertResult } from "./results.js";
import { clientOptionsSchema, scopeSchemas } from "./schema/client-options.js";
import { validateDeleteTargets } from "./schema/delete-targets.js";
import { validateFilter } from "./schema/filter.js";
import {
  callOptionsSchema,
  closeOptionsSchema,
  deleteManyOptionsSchema,
  deleteOptionsSchema,
  tagOptionsSchema,
  upsertOptionsSchema,
  waitOptionsSchema,
  watchOptionsSchema,
  writeOptionsSchema,
} from "./schema/options.js";
import { plainObject, validate, wrapErrors } from "./schema/validate.js";
import { nameSchema, newImageSchema, newNameSchema, patchSchema } from "./schema/values.js";
import { validateCondition } from "./schema/wait-condition.js";
import { outsideCalls } from "./transport/http2/outside-calls.js";
import { ImageCache } from "./watch/cache.js";
import type { Watch } from "./watch/watch.js";
import { watchImages } from "./watch/watch-images.js";

/**
 * Manages the image records of one containerd namespace.
 *
 * Making a client opens nothing; the first call connects. Every method checks its input before a byte is sent
 * ({@link ValidationError}), has one deadline for all its attempts, and rejects with an {@link ImagesError} that says
 * what happened and what became of the change. A client holds no state but its connection, never keeps the process
 * alive while it is idle, and can be used from any number of places at once. After five minutes without a call the
 * connection is closed; the next call opens another one.
 *
 * @example
 * ```ts
 * import { ImagesClient } from "containerd-images";
 *
 * await using images = new ImagesClient({ namespace: "default" });
 * for (const image of await images.list()) console.log(image.name, image.target.digest);
 * ```
 */
export class ImagesClient {
  readonly #calls: ClientCalls;
  #raw: RawImages | undefined;

  /**
   * @throws ValidationError when an option breaks a rule; `issues` names it.
   */
  constructor(options: ImagesClientOptions);
  /** @internal */
  constructor(options: ClientCalls);
  constructor(options: ImagesClientOptions | ClientCalls) {
    this.#calls = isClientCalls(options) ? options : open(options);
  }

  /**
   * A client as `ctr` would be set up: `CONTAINERD_ADDRESS` and `CONTAINERD_NAMESPACE`, the default socket and the
   * namespace `default` where they are unset or empty. Options that are given win.
   *
   * @example
   * ```ts
   * await using staging = ImagesClient.fromEnv({ namespace: "staging", timeoutMs: 5_000 });
   * ```
   */
  static fromEnv(overrides: Partial<ImagesClientOptions> = {}): ImagesClient {
    validate(plainObject, overrides, { method: "fromEnv", namespace: "" });
    return new ImagesClient(clientOptionsFromEnv(overrides, process.env));
  }

  /**
   * Reads the record of exactly this name; a missing one is `not_found`.
   *
   * @example
   * ```ts
   * const { target, labels } = await images.get("app:1");
   * ```
   */
  async get(name: string, options?: CallOptions): Promise<Image> {
    const request = getRequest(this.#name("get", name));
    return this.#calls.send("get", request, this.#options("get", options), imageResponse);
  }

  /**
   * Reads the record of exactly this name, or gives `undefined` where there is none.
   *
   * @example
   * ```ts
   * if ((await images.find("app:2")) === undefined) console.log("not there");
   * ```
   */
  async find(name: string, options?: CallOptions): Promise<Image | undefined> {
    return findImage(this.#calls, "find", this.#name("find", name), this.#options("find", options));
  }

  /**
   * Reads all records that a filter matches, ordered by the UTF-8 bytes of their names; all of the namespace without
   * one. It is one consistent snapshot, unless the answer is over 16 MiB: that the server refuses as a whole, so it is
   * read in parts, each a snapshot and each with a deadline of its own. A record that is there throughout is in the
   * result once. See {@link iterate}.
   *
   * A filter that the server would answer with silence (see `check`) is refused with a {@link ValidationError}.
   *
   * @example
   * ```ts
   * for (const { name, target } of await images.list(field.name.startsWith("docker.io/"))) console.log(name, target);
   * ```
   */
  async list(filter: Filter = all, options?: CallOptions): Promise<readonly Image[]> {
    validateFilter(filter, this.#subject("list"));
    return listImages(this.#calls, "list", filter, this.#options("list", options));
  }

  /**
   * Reads the records that a filter matches like {@link list}, but holds no more of them than one answer of the server
   * has: at most 16 MiB. They come in no particular order where it takes several answers. Leaving the loop ends it.
   *
   * @throws ValidationError for a filter that the server would answer with silence.
   *
   * @example
   * ```ts
   * for await (const { name, target } of images.iterate()) console.log(name, target.digest);
   * ```
   */
  iterate(filter: Filter = all, options?: CallOptions): AsyncGenerator<Image, void, void> {
    validateFilter(filter, this.#subject("iterate"));
    return eachImage(this.#calls, "iterate", filter, this.#options("iterate", options));
  }

  /**
   * Stores a new record; a name that is taken is `already_exists`. The content need not exist.
   *
   * Do not use it as a lock: where an answer is lost, the record is read back, and one that another client has made
   * during the call cannot be told from this call's own if it is the same in everything that was asked for. Then the
   * calls of both succeed. A label with a value of its own tells the records of two clients apart.
   *
   * @example
   * ```ts
   * const image = await images.create({ name: "app:2", target, labels: { env: "dev" } });
   * console.log(image.createdAt);
   * ```
   */
  async create(image: NewImage, options?: WriteOptions): Promise<Image> {
    const checked = validate(newImageSchema, image, this.#subject("create", image));
    const { sourceDateEpoch, ...call } = this.#writeOptions("create", options);
    return this.#calls.send("create", createRequest(checked, sourceDateEpoch), call, imageResponse);
  }

  /**
   * Changes what the patch names and nothing else; a missing record is `not_found`.
   *
   * Labels go one by one, so that writers of different labels never undo each other; `null` removes.
   *
   * @example
   * ```ts
   * await images.update("app:1", { labels: { env: "prod", temp: null } }); // mask labels.env, labels.temp
   * await images.update("app:1", { target, labels: replaceAll({ env: "prod" }) }); // mask target, labels
   * ```
   */
  async update(name: string, patch: ImagePatch, options?: WriteOptions): Promise<Image> {
    const checkedName = this.#name("update", name);
    const checked = validate(patchSchema, patch, this.#subject("update", { name }));
    const { sourceDateEpoch, ...call } = this.#writeOptions("update", options);
    const request = updateRequest(patchedImage(checkedName, checked), pathsOf(checked), sourceDateEpoch);
    return this.#calls.send("update", request, call, imageResponse);
  }

  /**
   * Replaces target and labels of an existing record as a whole: labels that are not given are removed, whoever set
   * them. A missing record is `not_found`.
   *
   * @example
   * ```ts
   * const image = await images.get("app:1");
   * await images.replace({ ...image, labels: { ...image.labels, env: "test" } });
   * ```
   */
  async replace(image: NewImage, options?: WriteOptions): Promise<Image> {
    const checked = validate(newImageSchema, image, this.#subject("replace", image));
    const { sourceDateEpoch, ...call } = this.#writeOptions("replace", options);
    return this.#calls.send("replace", updateRequest(checked, [], sourceDateEpoch), call, imageResponse);
  }

  /**
   * Creates a record, or points the one that is there at the target, whoever else creates or deletes the name at the
   * same time; there is no moment without it. Labels are merged unless `labels` says `replace`.
   *
   * It changes the record once: where a create or an update may have been applied and that cannot be settled, it stops,
   * and the outcome is `unknown`. All requests share one deadline. It is `aborted` when others create and delete the name
   * sixteen times in between.
   *
   * @example
   * ```ts
   * const { image, created } = await images.upsert({ name: "app:1", target, labels: { env: "dev" } });
   * ```
   */
  async upsert(image: NewImage, options?: UpsertOptions): Promise<UpsertResult> {
    const subject = this.#subject("upsert", image);
    const checked = validate(newImageSchema, image, subject);
    const { labels, sourceDateEpoch, ...call } = validate(upsertOptionsSchema, options ?? {}, subject);
    return this.#calls.withCall("upsert", call, this.#timeoutMs(), (invoker, call) =>
      upsert(invoker, call, { image: checked, labels, sourceDateEpoch }),
    );
  }

  /**
   * Gives the target of `source` a second name, with the source's labels. A name that is taken is `already_exists`;
   * with `force` its record is updated in place instead, and is never absent. A missing source is `not_found`.
   *
   * Two labels are not copied, because they say how long that one record lives: `containerd.io/gc.expire` and
   * `io.cri-containerd.pinned`. All requests share one deadline.
   *
   * @example
   * ```ts
   * await images.tag("app:1", "app:stable", { force: true });
   * ```
   */
  async tag(source: string, name: string, options?: TagOptions): Promise<Image> {
    const subject = this.#subject("tag", { name });
    const names = {
      source: validate(nameSchema, source, subject, ["source"]),
      name: validate(newNameSchema, name, subject, ["name"]),
    };
    const { force, sourceDateEpoch, ...call } = validate(tagOptionsSchema, options ?? {}, subject);
    return this.#calls.withCall("tag", call, this.#timeoutMs(), (invoker, call) =>
      tag(invoker, call, { ...names, force, sourceDateEpoch }),
    );
  }

  /**
   * Deletes a record; a missing one is `not_found` unless `ignoreMissing` is set. Content that nothing else refers to
   * goes with a later garbage collection, or with this call when `sync` is set.
   *
   * @example
   * ```ts
   * await images.delete("app:old", { ignoreMissing: true });
   * await images.delete("app:1", { sync: true, ifTarget: { digest, fallback: "check-then-delete" } });
   * ```
   *
   * @returns whether there was a record to delete.
   */
  async delete(name: string, options?: DeleteOptions): Promise<boolean> {
    const checkedName = this.#name("delete", name);
    const checked = validate(deleteOptionsSchema, options ?? {}, this.#subject("delete", { name }));
    const { sync = false, ifTarget, ignoreMissing = false, ...call } = checked;
    const request = deleteRequest(checkedName, sync, undefined);
    try {
      if (ifTarget === undefined) await this.#calls.send("delete", request, call, emptyResponse);
      else
        await this.#calls.withCall("delete", call, defaultTimeoutMs(this.#calls.settings, request), (invoker, call) =>
          deleteIfTarget(invoker, call, { name: checkedName, sync, ifTarget }),
        );
      return true;
    } catch (error) {
      if (ignoreMissing && isNotFound(error)) return false;
      throw error;
    }
  }

  /**
   * Deletes the records that are given, or that a filter matches, and says of each what became of it. One that fails
   * does not keep the others from being deleted, and nothing is thrown for it; only a failure to list what the filter
   * matches rejects. Each call has a deadline of its own; `signal` ends the whole, and the rest is reported `skipped`.
   *
   * A name is deleted whatever its record is. A record that was read, by the caller or for the filter, is read again
   * just before its delete, and is kept and `changed` when it has been pointed elsewhere or created again since, when
   * the filter does not match it any more, or, for a record of the caller's with its `updatedAt`, when it has been
   * changed in any way. That is not atomic, except that servers from 2.0 on compare the digest, and nothing else, in
   * the delete itself.
   *
   * With `sync` one garbage collection is waited for: the last delete goes alone, when all others are done.
   *
   * @throws ValidationError for a filter that matches everything, unless `everything` is set.
   *
   * @example
   * ```ts
   * const { results } = await images.deleteMany(field.label("env").equals("temp"), { sync: true });
   * for (const { name, status, error } of results) console.log(name, status, error?.message ?? "");
   * ```
   */
  async deleteMany(which: readonly RecordToDelete[] | Filter, options?: DeleteManyOptions): Promise<DeleteManyResult> {
    const subject = this.#subject("deleteMany");
    const checked = validate(deleteManyOptionsSchema, options ?? {}, subject);
    return deleteMany(this.#calls, validateDeleteTargets(which, checked, subject), checked);
  }

  /**
   * Waits until there is a record of this name, or none, or one that is as `condition` says, and gives the record.
   *
   * It asks at once, then after 50 ms and ever more rarely, in the end once a second. Failures that can pass, such as a
   * restart of the daemon, are waited out; any other rejects at once. `timeoutMs` is the deadline of the whole wait.
   *
   * @throws ValidationError without a `timeoutMs` or a `signal`.
   *
   * @example
   * ```ts
   * await images.waitFor("app:1", "present", { timeoutMs: 30_000 });
   * await images.waitFor("app:1", { digest, labels: { env: "dev" } }, { signal: AbortSignal.timeout(30_000) });
   * ```
   */
  async waitFor(name: string, condition: "absent", options: WaitOptions): Promise<undefined>;
  async waitFor(
    name: string,
    condition: Exclude<WaitCondition, "absent"> | undefined,
    options: WaitOptions,
  ): Promise<Image>;
  async waitFor(name: string, condition: WaitCondition | undefined, options: WaitOptions): Promise<Image | undefined>;
  async waitFor(name: string, condition: WaitCondition | undefined, options: WaitOptions): Promise<Image | undefined> {
    const subject = this.#subject("waitFor", { name });
    const wait = { name: this.#name("waitFor", name), condition: validateCondition(condition, subject) };
    return waitForImage(this.#calls, wait, validate(waitOptionsSchema, options ?? {}, subject));
  }

  /**
   * Tells of every record that a filter matches, then of all that comes, changes or goes, until the loop is left or
   * the signal aborts.
   *
   * It compares states, and does not replay a history: records are listed, then read again when an event names them,
   * and all of them are listed again after every gap (a restart of the daemon, say) and from time to time. So a slow
   * consumer sees the latest state, not each one on the way; a record that was deleted and created anew meanwhile is
   * `updated`. After each full list comes `synced`: all so far adds up to what the server has. A record that leaves the
   * filter is `deleted`. A change of `updatedAt` alone counts as `updated`.
   *
   * Works without the server's Events service by listing every `pollIntervalMs`. Until the first `synced` it throws
   * what `list` would; after that it outlives failures that can pass, and throws those that cannot. It asks for
   * nothing before the first event is awaited, keeps the process alive while it runs, and ends with the client.
   *
   * @throws ValidationError for a filter that the server would answer with silence.
   *
   * @example
   * ```ts
   * for await (const { type, image } of images.watch(field.label("env").equals("prod"))) {
   *   if (type === "synced") break; // all records have been told; without the break it goes on
   *   console.log(type, image.name, image.target.digest);
   * }
   * ```
   */
  watch(filter: Filter = all, options?: WatchOptions): Watch {
    const subject = this.#subject("watch");
    validateFilter(filter, subject);
    return watchImages(this.#calls, "watch", filter, validate(watchOptionsSchema, options ?? {}, subject));
  }

  /**
   * The records that a filter matches as a map that a watch keeps up to date; reading it costs no call.
   *
   * @throws ValidationError for a filter that the server would answer with silence.
   *
   * @example
   * ```ts
   * await using cache = images.cache();
   * await cache.ready;
   * console.log(cache.size, cache.get("docker.io/library/alpine:3.20")?.target.digest);
   * ```
   */
  cache(filter: Filter = all, options?: WatchOptions): ImageCache {
    const subject = this.#subject("cache");
    validateFilter(filter, subject);
    const checked = validate(watchOptionsSchema, options ?? {}, subject);
    return new ImageCache(watchImages(this.#calls, "cache", filter, checked), subject.namespace, this.#calls.clock);
  }

  /**
   * Finds out what is wrong and what to do about it: whether the daemon answers and what keeps it from that, its
   * version and what that lacks, where the images are when this namespace has none, and which other containerd of this
   * machine answers.
   *
   * It asks a few questions, each for at most 2 s unless `timeoutMs` says otherwise, and changes nothing. Other daemons
   * have 1 s to respond. A sick daemon is a finding, never an error.
   *
   * @example
   * ```ts
   * const { ok, text } = await images.diagnose();
   * if (!ok) console.error(text);
   * ```
   */
  async diagnose(options?: CallOptions): Promise<Diagnosis> {
    const checked = this.#options("diagnose", options);
    const { diagnose } = await outsideCalls(() => import("./diagnose/diagnose.js"));
    return diagnose(this.#calls, checked);
  }

  /**
   * The generated client of the Images service: protobuf messages in and out, int64 and nanoseconds included, behind
   * the same guard, version gate, namespace, lease, deadline and retry. It rejects with {@link ImagesError} too.
   *
   * @example
   * ```ts
   * const { image } = await images.raw.get({ name: "app:1" });
   * console.log(image?.target?.size, image?.createdAt?.nanos);
   * ```
   */
  get raw(): RawImages {
    const send: RawSend = async (method, encode, { onMetadata, ...given }, decoder) => {
      const { message, headers } = wrapErrors(encode, this.#subject(method.name));
      const options = this.#options(method.name, { ...given, headers });
      return this.#calls.send(method.name, requestOf(method, message), { ...options, onMetadata }, decoder);
    };
    this.#raw ??= rawClient(send, (method, options) => wrapErrors(() => ({ ...options }), this.#subject(method)));
    return this.#raw;
  }

  /**
   * The same client for another namespace, on the same connection.
   *
   * @example
   * ```ts
   * const kubernetes = images.withNamespace("k8s.io").withTimeout(30_000);
   * console.log((await kubernetes.list()).length);
   * ```
   */
  withNamespace(namespace: string): ImagesClient {
    return this.#derived({
      namespace: validate(scopeSchemas.namespace, namespace, this.#subject("withNamespace"), ["namespace"]),
    });
  }

  /**
   * The same client under a lease, on the same connection.
   *
   * @example
   * ```ts
   * await images.withLease("pull-42").create({ name: "app:3", target });
   * ```
   */
  withLease(lease: string): ImagesClient {
    return this.#derived({ lease: validate(scopeSchemas.lease, lease, this.#subject("withLease"), ["lease"]) });
  }

  /**
   * The same client with another deadline for every call, on the same connection.
   *
   * @example
   * ```ts
   * await images.withTimeout(2_000).get("app:1");
   * ```
   */
  withTimeout(timeoutMs: number): ImagesClient {
    return this.#derived({
      timeoutMs: validate(scopeSchemas.timeoutMs, timeoutMs, this.#subject("withTimeout"), ["timeoutMs"]),
    });
  }

  /**
   * The same client with other retries, on the same connection; what is not named stays as it is.
   *
   * @example
   * ```ts
   * await images.withRetry({ maxAttempts: 2 }).get("app:1");
   * await images.withRetry(false).get("app:1");
   * ```
   */
  withRetry(retry: RetryOptions | false): ImagesClient {
    const checked = validate(scopeSchemas.retry, retry, this.#subject("withRetry"), ["retry"]);
    return this.#derived({ retry: retryPolicy(checked, this.#calls.settings.retry) });
  }

  /**
   * Takes no new calls, lets those in flight finish for `graceMs`, and cuts off the rest as `unavailable`. On the
   * client that was made with `new` it ends the calls of all derived clients too and closes the connection; on a
   * derived client only its own calls. Closing twice is harmless.
   *
   * @example
   * ```ts
   * const other = ImagesClient.fromEnv();
   * await other.close({ graceMs: 0 });
   * ```
   */
  async close(options?: CloseOptions): Promise<void> {
    const { graceMs = CLOSE_GRACE_MS } = validate(closeOptionsSchema, options ?? {}, this.#subject("close"));
    await this.#calls.close(graceMs);
  }

  /** Closes the client at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #derived(changes: Partial<ClientSettings>): ImagesClient {
    return new ImagesClient(this.#calls.derive(changes));
  }

  #subject(method: string, about?: unknown) {
    return { method, namespace: this.#calls.settings.namespace, imageName: nameIn(about) };
  }

  #name(method: string, name: string): string {
    return validate(nameSchema, name, this.#subject(method, { name }), ["name"]);
  }

  /** The deadline of what is built of short calls. */
  #timeoutMs(): number {
    return defaultTimeoutMs(this.#calls.settings);
  }

  #options(method: string, options: CallOptions | undefined): CallOptions {
    return options === undefined ? NO_OPTIONS : validate(callOptionsSchema, options, this.#subject(method));
  }

  #writeOptions(method: string, options: WriteOptions | undefined): WriteOptions {
    return options === undefined ? NO_OPTIONS : validate(writeOptionsSchema, options, this.#subject(method));
  }
}

const NO_OPTIONS: CallOptions = Object.freeze({});

// A revoked proxy cannot even be asked what it is an instance of.
function isClientCalls(options: ImagesClientOptions | ClientCalls): options is ClientCalls {
  return !isProxy(options) && options instanceof ClientCalls;
}

function open(options: ImagesClientOptions): ClientCalls {
  const checked = validate(clientOptionsSchema, options ?? {}, { method: "ImagesClient", namespace: "" });
  const { namespace, lease, timeoutMs, retry, destination, ...limits } = checked;
  return new ClientCalls(connect(destination, limits), { namespace, lease, timeoutMs, retry: retryPolicy(retry) });
}

// Before anything has been checked: reading may run a getter of the caller's.
function nameIn(about: unknown): string | undefined {
  try {
    if (typeof about !== "object" || about === null || !("name" in about)) return undefined;
    return typeof about.name === "string" ? about.name : undefined;
  } catch {
    return undefined;
  }
}
