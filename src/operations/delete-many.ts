import { deleteRequest } from "../codec/requests.js";
import { emptyResponse } from "../codec/responses.js";
import type { ClientCalls } from "../core/client-calls.js";
import { DELETE_MANY_CONCURRENCY } from "../defaults.js";
import { type Filter, isFilter, matches } from "../filters/index.js";
import type { Image } from "../image.js";
import { isOfCall } from "../interceptors/error-of-call.js";
import type { CallOptions, DeleteManyOptions } from "../options.js";
import type { DeleteManyResult, DeleteResult, DeleteStatus } from "../results.js";
import type { DeleteTarget } from "../schema/delete-targets.js";
import { CallSite } from "../util/call-site.js";
import { hasSameEntries, isSameTime } from "../util/equality.js";
import { forEachPooled } from "../util/pool.js";
import { deleteUnlessChanged, readChange } from "./conditional-delete.js";
import { findImage } from "./find.js";
import { listImages } from "./large-lists.js";

/** Deletes the records that are given, or that a filter matches. Failures of single deletes are in the results. */
export async function deleteMany(
  calls: ClientCalls,
  which: readonly DeleteTarget[] | Filter,
  options: DeleteManyOptions,
): Promise<DeleteManyResult> {
  const { sync = false, dryRun = false, concurrency = DELETE_MANY_CONCURRENCY, ...callOptions } = options;
  const callSite = new CallSite();
  const filter = isFilter(which) ? which : undefined;
  const given = isFilter(which) ? await listed(calls, which, callOptions) : which;
  const targets = [...new Map(given.map((record) => [record.name, record])).values()];
  const deletion = new Deletion(calls, filter, callOptions, callSite);
  const act = (record: DeleteTarget) => (dryRun ? deletion.preview(record) : deletion.delete(record, false));
  const last = sync && !dryRun ? await deletion.lastPresent(targets) : undefined;
  const results = new Map<string, DeleteResult>(targets.map(({ name }) => [name, { name, status: "skipped" }]));
  const others = targets.filter((record) => record !== last);
  await forEachPooled(others, concurrency, async (record) => void results.set(record.name, await act(record)));
  if (last !== undefined) results.set(last.name, await deletion.delete(last, true));
  return { results: [...results.values()], gcWaited: last !== undefined && isClean(results.get(last.name)) };
}

async function listed(calls: ClientCalls, filter: Filter, options: CallOptions): Promise<readonly DeleteTarget[]> {
  const images = await listImages(calls, "deleteMany", filter, options);
  return images.map(({ name, target, createdAt }) => ({ name, digest: target.digest, createdAt }));
}

// A pull can create the record again with the same digest, or change it in place. Then another program needs it.
function isUnchanged({ createdAt, updatedAt, labels }: DeleteTarget, image: Image): boolean {
  return (
    isAbsentOr(isSameTime, createdAt, image.createdAt) &&
    isAbsentOr(isSameTime, updatedAt, image.updatedAt) &&
    isAbsentOr(hasSameEntries, labels, image.labels)
  );
}

function isAbsentOr<T>(isSame: (a: T, b: T) => boolean, before: T | undefined, now: T): boolean {
  return before === undefined || isSame(before, now);
}

function isClean(result: DeleteResult | undefined): boolean {
  return result?.status === "deleted" && result.error === undefined;
}

/** The requests of one `deleteMany`; those for one record share a deadline. */
class Deletion {
  readonly #calls: ClientCalls;
  readonly #filter: Filter | undefined;
  readonly #options: CallOptions;
  readonly #callSite: CallSite;

  constructor(calls: ClientCalls, filter: Filter | undefined, options: CallOptions, callSite: CallSite) {
    this.#calls = calls;
    this.#filter = filter;
    this.#options = options;
    this.#callSite = callSite;
  }

  /** The last record that exists: its delete will wait for the garbage collection. */
  async lastPresent(targets: readonly DeleteTarget[]): Promise<DeleteTarget | undefined> {
    for (const record of targets.toReversed()) {
      const { status } = await this.preview(record);
      if (status !== "missing" && status !== "changed") return record;
    }
    return undefined;
  }

  /**
   * What a delete would do, for `dryRun` and to choose the last one. What a filter has just listed is not read again.
   */
  preview(record: DeleteTarget): Promise<DeleteResult> {
    const { name, digest } = record;
    return this.#settle(record, async () => {
      if (this.#filter !== undefined) return { name, status: "would-delete" };
      if (digest !== undefined) return this.#unlessChanged("would-delete", readChange, record, digest, false);
      const image = await findImage(this.#calls, "deleteMany", name, this.#options);
      return { name, status: image === undefined ? "missing" : "would-delete" };
    });
  }

  delete(record: DeleteTarget, sync: boolean): Promise<DeleteResult> {
    const { name, digest } = record;
    return this.#settle(record, async () => {
      if (digest !== undefined) return this.#unlessChanged("deleted", deleteUnlessChanged, record, digest, sync);
      await this.#calls.send("deleteMany", deleteRequest(name, sync, undefined), this.#options, emptyResponse);
      return { name, status: "deleted" };
    });
  }

  /** The status that is given, or `changed` with the error with which `act` says how the record has changed. */
  async #unlessChanged(
    status: DeleteStatus,
    act: typeof deleteUnlessChanged,
    record: DeleteTarget,
    digest: string,
    sync: boolean,
  ): Promise<DeleteResult> {
    const { name } = record;
    const filter = this.#filter;
    const ifTarget = { digest, fallback: "check-then-delete" } as const;
    const objection = (image: Image) => {
      if (!isUnchanged(record, image)) return "it was created again or changed";
      return filter === undefined || matches(filter, image) ? undefined : "the filter does not match it any more";
    };
    const error = await this.#calls.withCall("deleteMany", name, { ...this.#options, hasLong: sync }, (invoker, call) =>
      act(invoker, call, { name, sync, ifTarget, objection }),
    );
    return error === undefined ? { name, status } : { name, status: "changed", error: this.#callSite.mark(error) };
  }

  async #settle({ name }: DeleteTarget, act: () => Promise<DeleteResult>): Promise<DeleteResult> {
    if (this.#options.signal?.aborted === true) return { name, status: "skipped" };
    try {
      return await act();
    } catch (error) {
      if (isOfCall(error, "not_found")) return { name, status: "missing" };
      if (!isOfCall(error)) throw error;
      // The server deletes the record before it waits for the garbage collection.
      return { name, status: error.outcome === "applied" ? "deleted" : "failed", error: this.#callSite.mark(error) };
    }
  }
}
