import { isProxy } from "node:util/types";
import { requestOf } from "./codec/encoded-request.js";
import { createRequest, deleteRequest, getRequest, updateRequest } from "./codec/requests.js";
import { emptyResponse, imageResponse } from "./codec/responses.js";
import { ClientCalls } from "./core/client-calls.js";
import { type ClientSettings, retryPolicy } from "./core/client-settings.js";
import { connect } from "./core/connection.js";
import { clientOptionsFromEnv, namingVariables } from "./core/environment.js";
import { CLOSE_GRACE_MS } from "./defaults.js";
import type { Diagnosis } from "./diagnose/diagnosis.js";
import type { Filter } from "./filters/index.js";
import type { Image, NewImage } from "./image.js";
import { isOfCall } from "./interceptors/error-of-call.js";
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
  RawCallOptions,
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
import { latePart } from "./rpc/late-part.js";
import { plainObject } from "./schema/building-blocks.js";
import { validateCanonicalName } from "./schema/canonical-name.js";
import { clientOptionsSchema, scopeSchemas } from "./schema/client-options.js";
import { validateDeleteTargets } from "./schema/delete-targets.js";
import { filterAndOptions } from "./schema/filter.js";
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
import { rawOptionsSchema } from "./schema/raw-options.js";
import { validate, validateOptions, wrapErrors } from "./schema/validate.js";
import { nameSchema, newImageSchema, newNameSchema, patchSchema } from "./schema/values.js";
import { conditionAndOptions, validateCondition } from "./schema/wait-condition.js";
import { started } from "./util/started.js";
import type { Subject } from "./util/subject.js";
import { ImageCache } from "./watch/cache.js";
import type { Watch } from "./watch/watch.js";
import { watchImages } from "./watch/watch-images.js";

/** Whether a value is a client, and no proxy of one: the private fields of a client are only on itself. */
let isClient: (value: object) => boolean;

/** What the errors of a method are about. Throws if the method was taken off its client. */
let subjectFor: (client: ImagesClient, method: string, about?: unknown) => Subject;

/**
 * Manages the image records of one containerd namespace.
 *
 * The constructor opens no connection; the first call does. Every method checks its input before anything is sent
 * ({@link ValidationError}), has one deadline for all its attempts, and rejects with an {@link ImagesError} that says
 * what happened and whether the change was made. A client has no state except its connection, does not keep the process
 * alive while it is idle, and can be used for any number of calls at the same time. After five minutes without a call
 * the connection is closed; the next call opens another one.
 *
 * A method has to be called on its client: after `const { get } = images`, `get("app:1")` fails with a `TypeError`.
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
  static {
    isClient = (value) => #calls in value;
    subjectFor = (client, method, about) => {
      checkReceiver(client);
      return { method, namespace: client.#calls.settings.namespace, imageName: nameIn(about) };
    };
  }

  readonly #calls: ClientCalls;
  #raw: RawImages | undefined;

  /**
   * @throws ValidationError if an option breaks a rule; `issues` lists the broken rules.
   */
  constructor(options: ImagesClientOptions);
  /** @internal */
  constructor(options: ClientCalls);
  constructor(options: ImagesClientOptions | ClientCalls) {
    this.#calls = isClientCalls(options) ? options : open(options);
  }

  /**
   * Makes a client with the settings that `ctr` would use: the address in `CONTAINERD_ADDRESS` and the namespace in
   * `CONTAINERD_NAMESPACE`. If a variable is unset or empty, its default is used: the default socket, or the namespace
   * `default`; white space is not empty. Options that are given, and not `undefined`, override the variables.
   *
   * @throws ValidationError if an option or a variable breaks a rule; a variable is named in the message.
   *
   * @example
   * ```ts
   * await using staging = ImagesClient.fromEnv({ namespace: "staging", timeoutMs: 5_000 });
   * ```
   *
   * @group Constructors
   */
  static fromEnv(
    overrides: Omit<ImagesClientOptions, "namespace"> & { readonly namespace?: string | undefined } = {},
  ): ImagesClient {
    const given = validate(plainObject, overrides, { method: "fromEnv", namespace: "" }, "overrides");
    const { env } = process;
    return clientOf(namingVariables(given, env, () => open(clientOptionsFromEnv(given, env))));
  }

  /**
   * Reads the record of exactly this name. If there is none, the call fails with `not_found`.
   *
   * @example
   * ```ts
   * const { target, labels } = await images.get("app:1");
   * ```
   *
   * @group Records
   */
  get(name: string, options?: CallOptions): Promise<Image> {
    // An async function would have a promise of its own, and thousands of gets may wait at a time.
    return started(() => {
      const subject = subjectFor(this, "get", { name });
      const request = getRequest(validateName(name, subject));
      return this.#calls.send("get", request, validateOptions(callOptionsSchema, options, subject), imageResponse);
    });
  }

  /**
   * Reads the record of exactly this name, or returns `undefined` if there is none.
   *
   * @example
   * ```ts
   * if ((await images.find("app:2")) === undefined) console.log("not there");
   * ```
   *
   * @group Records
   */
  async find(name: string, options?: CallOptions): Promise<Image | undefined> {
    const subject = subjectFor(this, "find", { name });
    const checkedName = validateName(name, subject);
    return findImage(this.#calls, "find", checkedName, validateOptions(callOptionsSchema, options, subject));
  }

  /**
   * Reads all records that a filter matches, ordered by the UTF-8 bytes of their names. Without a filter, also with
   * options alone, it reads all records of the namespace. The result is one consistent snapshot, unless the response
   * would be over 16 MiB: the server rejects such a List, so the records are read in parts. Each part is a snapshot and
   * has its own deadline. A record that exists during the whole call is in the result exactly once. See
   * {@link iterate}.
   *
   * A filter that the server would accept but that does not do what it says (see `check`) is rejected with a
   * {@link ValidationError}.
   *
   * @example
   * ```ts
   * for (const { name, target } of await images.list(field.name.startsWith("docker.io/"))) console.log(name, target);
   * (await images.list({ timeoutMs: 5_000 })).length; // => 1
   * ```
   *
   * @group Many records
   */
  async list(filterOrOptions?: Filter | CallOptions, options?: CallOptions): Promise<readonly Image[]> {
    const subject = subjectFor(this, "list");
    const [filter, checked] = filterAndOptions(filterOrOptions, options, callOptionsSchema, subject);
    return listImages(this.#calls, "list", filter, checked);
  }

  /**
   * Reads the records that a filter matches, as {@link list} does, but keeps only the records of one response of the
   * server in memory; a response has at most 16 MiB. If it takes several responses, the records come in no particular
   * order. Leaving the loop ends the call, and so does its signal: the loop throws before the next record.
   *
   * @throws ValidationError for a filter that containerd would accept, but that does not do what it says (see `check`).
   *
   * @example
   * ```ts
   * for await (const { name, target } of images.iterate()) console.log(name, target.digest);
   * ```
   *
   * @group Many records
   */
  iterate(filterOrOptions?: Filter | CallOptions, options?: CallOptions): AsyncGenerator<Image, void, void> {
    const subject = subjectFor(this, "iterate");
    const [filter, checked] = filterAndOptions(filterOrOptions, options, callOptionsSchema, subject);
    return eachImage(this.#calls, "iterate", filter, checked);
  }

  /**
   * Stores a new record. If the name exists, the call fails with `already_exists`. The content need not exist.
   *
   * Docker, CRI and nerdctl can use only full names, such as `docker.io/library/app:1`. Under any other name (`app:1`,
   * no tag, upper case in the path) they cannot use or remove the record, so that nobody frees its content.
   * `canonicalName` of `containerd-images/reference` makes a full name, and a client with `names: "canonical"` rejects
   * all others.
   *
   * Do not use it as a lock. If the response is lost, the record is read back. If another client has created the same
   * record during the call, with the same target and labels, this call cannot tell it from its own, and the calls of
   * both clients succeed. To tell the records of two clients apart, give each a label with a unique value.
   *
   * @example
   * ```ts
   * const image = await images.create({ name: "app:2", target, labels: { env: "dev" } });
   * console.log(image.createdAt);
   * ```
   *
   * @group Records
   */
  async create(image: NewImage, options?: WriteOptions): Promise<Image> {
    const subject = subjectFor(this, "create", image);
    const checked = validate(newImageSchema, image, subject, "image");
    this.#checkNewName(checked.name, subject);
    const { sourceDateEpoch, ...callOptions } = validateOptions(writeOptionsSchema, options, subject);
    return this.#calls.send("create", createRequest(checked, sourceDateEpoch), callOptions, imageResponse);
  }

  /**
   * Changes the fields that the patch names, and no others. If the record is missing, the call fails with `not_found`.
   *
   * Each label is changed by itself, so that clients that write different labels never undo each other's changes.
   * `null` removes a label. A record that was read is not a patch; see {@link ImagePatch}.
   *
   * @example
   * ```ts
   * await images.update("app:1", { labels: { env: "prod", temp: null } }); // mask labels.env, labels.temp
   * await images.update("app:1", { target, labels: replaceAll({ env: "prod" }) }); // mask target, labels
   * ```
   *
   * @group Records
   */
  async update(name: string, patch: ImagePatch, options?: WriteOptions): Promise<Image> {
    const subject = subjectFor(this, "update", { name });
    const checkedName = validateName(name, subject);
    const checked = validate(patchSchema, patch, subject, "patch");
    const { sourceDateEpoch, ...callOptions } = validateOptions(writeOptionsSchema, options, subject);
    const request = updateRequest(patchedImage(checkedName, checked), pathsOf(checked), sourceDateEpoch);
    return this.#calls.send("update", request, callOptions, imageResponse);
  }

  /**
   * Replaces the target and all labels of an existing record. Labels that are not given are removed, also those that
   * other clients have set. If the record is missing, the call fails with `not_found`.
   *
   * @example
   * ```ts
   * const image = await images.get("app:1");
   * await images.replace({ ...image, labels: { ...image.labels, env: "test" } });
   * ```
   *
   * @group Records
   */
  async replace(image: NewImage, options?: WriteOptions): Promise<Image> {
    const subject = subjectFor(this, "replace", image);
    const checked = validate(newImageSchema, image, subject, "image");
    const { sourceDateEpoch, ...callOptions } = validateOptions(writeOptionsSchema, options, subject);
    return this.#calls.send("replace", updateRequest(checked, [], sourceDateEpoch), callOptions, imageResponse);
  }

  /**
   * Creates a record, or points the existing record at the target, even if other clients create or delete the name at
   * the same time. The call never removes the record in between. Labels are merged unless `labels` is `replace`.
   *
   * The call changes the record at most once. If it cannot find out whether its create or its update was applied, it
   * stops, and the outcome is `unknown`. All requests share one deadline. The call fails with `aborted` if other
   * clients create and delete the name sixteen times while it runs. Docker and CRI cannot use every name: see
   * {@link create}.
   *
   * @example
   * ```ts
   * const { image, created } = await images.upsert({ name: "app:1", target, labels: { env: "dev" } });
   * ```
   *
   * @group Records
   */
  async upsert(image: NewImage, options?: UpsertOptions): Promise<UpsertResult> {
    const subject = subjectFor(this, "upsert", image);
    const checked = validate(newImageSchema, image, subject, "image");
    this.#checkNewName(checked.name, subject);
    const { labels, sourceDateEpoch, ...callOptions } = validateOptions(upsertOptionsSchema, options, subject);
    return this.#calls.withCall("upsert", checked.name, callOptions, (invoker, call) =>
      upsert(invoker, call, { image: checked, labels, sourceDateEpoch }),
    );
  }

  /**
   * Gives the target of `source` a second name, with the source's labels. If the name exists, the call fails with
   * `already_exists`; with `force` it updates the existing record instead, which is never removed in between. If the
   * source is missing, the call fails with `not_found`.
   *
   * Two labels are not copied, because they say how long one record is kept: `containerd.io/gc.expire` and
   * `io.cri-containerd.pinned`. All requests share one deadline. Docker and CRI cannot use every name: see
   * {@link create}.
   *
   * @example
   * ```ts
   * await images.tag("app:1", "app:stable", { force: true });
   * ```
   *
   * @group Records
   */
  async tag(source: string, name: string, options?: TagOptions): Promise<Image> {
    const subject = subjectFor(this, "tag", { name });
    const names = {
      source: validate(nameSchema, source, subject, ["source"]),
      name: validate(newNameSchema, name, subject, ["name"]),
    };
    this.#checkNewName(names.name, subject);
    const { force, sourceDateEpoch, ...callOptions } = validate(tagOptionsSchema, options ?? {}, subject, "options");
    return this.#calls.withCall("tag", names.name, callOptions, (invoker, call) =>
      tag(invoker, call, { ...names, force, sourceDateEpoch }),
    );
  }

  /**
   * Deletes a record. If it is missing, the call fails with `not_found`, unless `ignoreMissing` is set. Content that
   * nothing else refers to is removed by a later garbage collection, or during this call if `sync` is set.
   *
   * @example
   * ```ts
   * await images.delete("app:old", { ignoreMissing: true });
   * const { target } = await images.get("app:1");
   * await images.delete("app:1", { sync: true, ifTarget: { ...target, fallback: "check-then-delete" } });
   * ```
   *
   * @returns `true` if the record was deleted; `false` if it was missing and `ignoreMissing` is set.
   *
   * @group Records
   */
  async delete(name: string, options?: DeleteOptions): Promise<boolean> {
    const subject = subjectFor(this, "delete", { name });
    const checkedName = validateName(name, subject);
    const checked = validateOptions(deleteOptionsSchema, options, subject);
    const { sync = false, ifTarget, ignoreMissing = false, ...callOptions } = checked;
    try {
      if (ifTarget === undefined) {
        const request = deleteRequest(checkedName, sync, undefined);
        await this.#calls.send("delete", request, callOptions, emptyResponse);
      } else
        await this.#calls.withCall("delete", checkedName, { ...callOptions, hasLong: sync }, (invoker, call) =>
          deleteIfTarget(invoker, call, { name: checkedName, sync, ifTarget }),
        );
      return true;
    } catch (error) {
      if (ignoreMissing && isOfCall(error, "not_found")) return false;
      throw error;
    }
  }

  /**
   * Deletes the records that are given, or that a filter matches, and reports one result for each. If one delete fails,
   * the others still run, and the failure is in the results; the call itself rejects only if the records that the
   * filter matches cannot be listed, or if `onRetry` throws, and then no other delete is started. The list and each
   * record have their own deadline. `signal` ends the whole call; the records that are left are reported as `skipped`.
   *
   * If you give a name, its record is deleted without any comparison. If you give a record, or a filter, each record is
   * read again just before it is deleted. It is kept, and reported as `changed`, if in the meantime it was pointed at
   * another digest or created again, or if the filter does not match it any more. A record that is given with its
   * `updatedAt` is also kept if it was changed in any other way. This check is not atomic; only servers from 2.0 on
   * compare the digest, and nothing else, in the delete itself.
   *
   * With `sync` the call waits for one garbage collection: the last delete starts when all others are done.
   *
   * @throws ValidationError for a filter that matches everything, unless `everything` is set.
   *
   * @example
   * ```ts
   * const { results } = await images.deleteMany(field.label("env").equals("temp"), { sync: true });
   * for (const { name, status, error } of results) console.log(name, status, error?.message ?? "");
   * ```
   *
   * @group Many records
   */
  async deleteMany(which: readonly RecordToDelete[] | Filter, options?: DeleteManyOptions): Promise<DeleteManyResult> {
    const subject = subjectFor(this, "deleteMany");
    const checked = validate(deleteManyOptionsSchema, options ?? {}, subject, "options");
    return deleteMany(this.#calls, validateDeleteTargets(which, checked, subject), checked);
  }

  /** Waits until there is a record of this name, as with `"present"`. */
  async waitFor(name: string, options: WaitOptions): Promise<Image>;
  /** Waits until there is no record of this name. */
  async waitFor(name: string, condition: "absent", options: WaitOptions): Promise<undefined>;
  /**
   * Waits until the record of this name is as `condition` says, and returns it; `undefined` for `"absent"`. See
   * {@link WaitCondition}.
   *
   * It reads the record at once, and again after 50 ms; the delay grows up to one second. Transient failures, such as a
   * restart of the daemon, are retried; for any other failure the call rejects at once. `timeoutMs` is the deadline of
   * the whole wait.
   *
   * @throws ValidationError without a `timeoutMs` or a `signal`.
   *
   * @example
   * ```ts
   * const { target } = await images.waitFor("app:1", { timeoutMs: 30_000 });
   * await images.waitFor("app:1", target, { timeoutMs: 30_000 }); // until it points at this digest
   * await images.waitFor("app:1", { digest, labels: { env: "dev" } }, { signal: AbortSignal.timeout(30_000) });
   * ```
   *
   * @group Watching
   */
  async waitFor(
    name: string,
    condition: Exclude<WaitCondition, "absent"> | undefined,
    options: WaitOptions,
  ): Promise<Image>;
  /** Waits for a condition that is known only when the program runs; returns `undefined` for `"absent"`. */
  async waitFor(name: string, condition: WaitCondition | undefined, options: WaitOptions): Promise<Image | undefined>;
  async waitFor(
    name: string,
    second: WaitCondition | WaitOptions | undefined,
    third?: WaitOptions,
  ): Promise<Image | undefined> {
    const subject = subjectFor(this, "waitFor", { name });
    const [condition, options] = conditionAndOptions(second, third);
    const wait = { name: validateName(name, subject), condition: validateCondition(condition, subject) };
    return waitForImage(this.#calls, wait, validate(waitOptionsSchema, options ?? {}, subject, "options"));
  }

  /**
   * Yields every record that a filter matches (all without one), then every change (created, updated, deleted), until
   * the loop is left or the signal aborts.
   *
   * A watch compares states; it does not replay a history. It lists the records, reads a record again when an event
   * names it, and lists all records again after every gap (for example, a restart of the daemon) and at regular
   * intervals. So a slow consumer sees the latest state and not every state in between; a record that was deleted and
   * created again in the meantime is `updated`. `synced` follows each full list: all events up to then add up to the
   * records of the server. A record that the filter does not match any more is `deleted`. A change of `updatedAt` alone
   * is `updated`.
   *
   * If the server has no Events service, the watch lists the records every `pollIntervalMs`. Before the first `synced`
   * it throws the errors that `list` would throw. After that it retries transient failures and throws all others. It
   * sends nothing before the first event is awaited, keeps the process alive while it runs, and ends when the client is
   * closed.
   *
   * @throws ValidationError for a filter that containerd would accept, but that does not do what it says (see `check`).
   *
   * @example
   * ```ts
   * for await (const { type, image } of images.watch(field.label("env").equals("prod"))) {
   *   if (type === "synced") break; // all records have been reported; without the break, the watch goes on
   *   console.log(type, image.name, image.target.digest);
   * }
   * ```
   *
   * @group Watching
   */
  watch(filterOrOptions?: Filter | WatchOptions, options?: WatchOptions): Watch {
    const subject = subjectFor(this, "watch");
    const [filter, checked] = filterAndOptions(filterOrOptions, options, watchOptionsSchema, subject);
    return watchImages(this.#calls, "watch", filter, checked);
  }

  /**
   * Returns a map of the records that a filter matches (all without one). A watch keeps it up to date; reading it makes
   * no call.
   *
   * @throws ValidationError for a filter that containerd would accept, but that does not do what it says (see `check`).
   *
   * @example
   * ```ts
   * await using cache = images.cache();
   * await cache.ready;
   * console.log(cache.size, cache.get("docker.io/library/alpine:3.20")?.target.digest);
   * ```
   *
   * @group Watching
   */
  cache(filterOrOptions?: Filter | WatchOptions, options?: WatchOptions): ImageCache {
    const subject = subjectFor(this, "cache");
    const [filter, checked] = filterAndOptions(filterOrOptions, options, watchOptionsSchema, subject);
    return new ImageCache(watchImages(this.#calls, "cache", filter, checked), subject.namespace, this.#calls.clock);
  }

  /**
   * Finds out what is wrong and what to do about it: whether the daemon responds, and if not, why; its version, and
   * which features of this library that version lacks; which other namespaces have images if this one has none; which
   * other containerd on this machine responds; and which well-known sockets this user may not open.
   *
   * It sends a few requests that only read, and one more for each of at most 100 namespaces if this one has no images.
   * It waits for each for at most 2 s unless the call has a `timeoutMs`, and sends each at most twice, whatever `retry`
   * says. Other daemons have 1 s to respond. A peer that speaks no gRPC, or has no Images service, also gets the HTTP/1
   * request `GET /_ping`, because it may be Docker. If the daemon has a problem, the result lists it as a finding; the
   * call does not reject for it. It rejects if the client is closed.
   *
   * @example
   * ```ts
   * const { ok, text } = await images.diagnose();
   * if (!ok) console.error(text);
   * ```
   *
   * @group Diagnosis
   */
  async diagnose(options?: CallOptions): Promise<Diagnosis> {
    const checked = validateOptions(callOptionsSchema, options, subjectFor(this, "diagnose"));
    const { diagnose } = await this.#calls.loaded("diagnose", diagnosis);
    return diagnose(this.#calls, checked);
  }

  /**
   * The generated client of the Images service. It takes and returns protobuf messages, with int64 values and
   * nanoseconds. The same namespace, lease, deadline and retries apply as for the other methods. It also rejects with
   * {@link ImagesError}. No request can crash the daemon, and none is sent to a server that would ignore its condition.
   * Values and filters are not checked otherwise: for a filter with an invalid regexp, the server returns no images.
   *
   * @example
   * ```ts
   * const { image } = await images.raw.get({ name: "app:1" });
   * console.log(image?.target?.size, image?.createdAt?.nanos);
   * ```
   *
   * @group Generated client
   */
  get raw(): RawImages {
    checkReceiver(this);
    this.#raw ??= this.#makeRaw();
    return this.#raw;
  }

  /**
   * The namespace of this client's records, also if it came from `CONTAINERD_NAMESPACE`.
   *
   * @example
   * ```ts
   * console.log(`${(await images.list()).length} records in ${images.namespace}`);
   * ```
   *
   * @group Derived clients
   */
  get namespace(): string {
    checkReceiver(this);
    return this.#calls.settings.namespace;
  }

  /**
   * Returns a client with another namespace and otherwise the same settings, on the same connection.
   *
   * @throws ValidationError if the value breaks a rule.
   *
   * @example
   * ```ts
   * const kubernetes = images.withNamespace("k8s.io").withTimeout(30_000);
   * console.log((await kubernetes.list()).length);
   * ```
   *
   * @group Derived clients
   */
  withNamespace(namespace: string): ImagesClient {
    const subject = subjectFor(this, "withNamespace");
    return this.#derived({ namespace: validate(scopeSchemas.namespace, namespace, subject, ["namespace"]) });
  }

  /**
   * Returns a client with this lease and otherwise the same settings, on the same connection.
   *
   * @throws ValidationError if the value breaks a rule.
   *
   * @example
   * ```ts
   * await images.withLease("pull-42").create({ name: "app:3", target });
   * ```
   *
   * @group Derived clients
   */
  withLease(lease: string): ImagesClient {
    const subject = subjectFor(this, "withLease");
    return this.#derived({ lease: validate(scopeSchemas.lease, lease, subject, ["lease"]) });
  }

  /**
   * Returns a client with another deadline for each call, in milliseconds, and otherwise the same settings, on the same
   * connection.
   *
   * @throws ValidationError if the value breaks a rule.
   *
   * @example
   * ```ts
   * await images.withTimeout(2_000).get("app:1");
   * ```
   *
   * @group Derived clients
   */
  withTimeout(timeoutMs: number): ImagesClient {
    const subject = subjectFor(this, "withTimeout");
    return this.#derived({ timeoutMs: validate(scopeSchemas.timeoutMs, timeoutMs, subject, ["timeoutMs"]) });
  }

  /**
   * Returns a client with other retry options and otherwise the same settings, on the same connection. Retry options
   * that are not given stay as they are.
   *
   * @throws ValidationError if the value breaks a rule.
   *
   * @example
   * ```ts
   * await images.withRetry({ maxAttempts: 2 }).get("app:1");
   * await images.withRetry(false).get("app:1");
   * ```
   *
   * @group Derived clients
   */
  withRetry(retry: RetryOptions | false): ImagesClient {
    const checked = validate(scopeSchemas.retry, retry, subjectFor(this, "withRetry"), ["retry"]);
    return this.#derived({ retry: retryPolicy(checked, this.#calls.settings.retry) });
  }

  /**
   * Closes the client: it takes no new calls, and calls in flight may finish within `graceMs`. After that, the calls
   * that are left fail with `unavailable`, as each `watch` and `waitFor` does at once. A `deleteMany` starts no other
   * delete: the records that are left are `failed`. If the client was made with `new` or `fromEnv`, this also ends the
   * calls of all derived clients and closes the connection; closing a derived client ends only its own calls. Closing
   * twice is harmless.
   *
   * @example
   * ```ts
   * const other = ImagesClient.fromEnv();
   * await other.close({ graceMs: 0 });
   * ```
   *
   * @group Life cycle
   */
  async close(options?: CloseOptions): Promise<void> {
    const { graceMs = CLOSE_GRACE_MS } = validateOptions(closeOptionsSchema, options, subjectFor(this, "close"));
    await this.#calls.close(graceMs);
  }

  /**
   * Closes the client at the end of an `await using` block.
   *
   * @group Life cycle
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #derived(changes: Partial<ClientSettings>): ImagesClient {
    return clientOf(this.#calls.derive(changes));
  }

  #makeRaw(): RawImages {
    const send: RawSend = async (method, encode, { onMetadata, ...given }, decoder) => {
      const subject = subjectFor(this, method.name);
      const { message, headers } = wrapErrors(encode, subject);
      const options = validateOptions(callOptionsSchema, { ...given, headers }, subject);
      const request = requestOf(method, message);
      const { imageName } = request;
      if (method.name === "create" && imageName) this.#checkNewName(imageName, { ...subject, imageName });
      return this.#calls.send(method.name, request, { ...options, onMetadata }, decoder);
    };
    const checked = (method: string, options: RawCallOptions | undefined) =>
      validateOptions(rawOptionsSchema, options, subjectFor(this, method));
    return rawClient(send, checked, (method, part) => this.#calls.loaded(method, part));
  }

  /** Checks the name of a record that a call makes, if this client makes canonical names only. */
  #checkNewName(name: string, subject: Subject): void {
    if (this.#calls.settings.names === "canonical") validateCanonicalName(name, subject);
  }
}

const diagnosis = latePart(() => import("./diagnose/diagnose.js"));

function validateName(name: string, subject: Subject): string {
  return validate(nameSchema, name, subject, ["name"]);
}

// Not inside the class: esbuild gives a class that refers to itself another name, `_ImagesClient`.
function clientOf(calls: ClientCalls): ImagesClient {
  return new ImagesClient(calls);
}

/**
 * Throws for a method that was taken off its client, as in `names.map(images.get)`: the engine's own message names
 * private fields. To bind all methods would take longer than all else that makes a derived client.
 */
function checkReceiver(receiver: unknown): void {
  if (typeof receiver === "object" && receiver !== null && isClient(receiver)) return;
  const example = "names.map((name) => images.get(name))";
  throw new TypeError(
    `a method of ImagesClient was called without its client: call it on the client, as in ${example}`,
  );
}

// `instanceof` throws for a revoked proxy.
function isClientCalls(options: ImagesClientOptions | ClientCalls): options is ClientCalls {
  return !isProxy(options) && options instanceof ClientCalls;
}

function open(options: ImagesClientOptions): ClientCalls {
  const checked = validate(clientOptionsSchema, options ?? {}, { method: "ImagesClient", namespace: "" }, "options");
  const { namespace, lease, names, timeoutMs, retry, destination, ...limits } = checked;
  const settings = { namespace, lease, names, timeoutMs, retry: retryPolicy(retry) };
  return new ClientCalls(connect(destination, limits), settings);
}

// The input has not been checked yet, so reading it may run the caller's getters, which can throw.
function nameIn(about: unknown): string | undefined {
  try {
    if (typeof about !== "object" || about === null || !("name" in about)) return undefined;
    return typeof about.name === "string" ? about.name : undefined;
  } catch {
    return undefined;
  }
}
