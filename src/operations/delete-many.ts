import type { ClientCalls } from "../core/client-calls.js";
import { emptyResponse } from "../codec/responses.js";
import { encodeDelete } from "../codec/requests.js";
import { ImagesError, isNotFound } from "../errors.js";
import { type Filter, isFilter, matches } from "../filters/index.js";
import type { Image } from "../image.js";
import type { CallOptions, DeleteManyOptions } from "../options.js";
import type { DeleteManyResult, DeleteResult } from "../results.js";
import { defaultTimeoutMs } from "../core/client-settings.js";
import { DELETE } from "../rpc/method.js";
import { deleteUnlessChanged } from "./conditional-delete.js";
import { findImage } from "./find.js";
import { listImages } from "./large-lists.js";
import { forEachPooled } from "../util/pool.js";

/** One record to delete. */
export interface DeleteTarget {
  readonly name: string;
  /** Where it was seen to point; absent where only its name is known. */
  readonly digest?: string | undefined;
  /** When it was seen to be created; one of the same name and digest with another date is another record. */
  readonly createdAt?: Date | undefined;
  /** When it was seen to be changed; a pull that finds a record changes it in place. */
  readonly updatedAt?: Date | undefined;
}

/** More gains little: the daemon makes one change after the other. */
const CONCURRENCY = 8;

/** Deletes the records that are given, or that a filter matches. Only reading the list itself can fail. */
export async function deleteMany(
  caller: ClientCalls,
  which: readonly DeleteTarget[] | Filter,
  options: DeleteManyOptions,
): Promise<DeleteManyResult> {
  const { sync = false, dryRun = false, concurrency = CONCURRENCY, everything: _, ...call } = options;
  const filter = isFilter(which) ? which : undefined;
  const given = isFilter(which) ? await listed(caller, which, call) : which;
  const doomed = [...new Map(given.map((record) => [record.name, record])).values()];
  const deletion = new Deletion(caller, filter, call);
  const act = dryRun ? (record: DeleteTarget) => deletion.look(record) : (record: DeleteTarget) => deletion.delete(record, false);
  const last = sync && !dryRun ? await deletion.lastPresent(doomed) : undefined;
  const results = new Map<string, DeleteResult>(doomed.map(({ name }) => [name, { name, status: "skipped" }]));
  const others = doomed.filter((record) => record !== last);
  await forEachPooled(others, concurrency, async (record) => void results.set(record.name, await act(record)));
  if (last !== undefined) results.set(last.name, await deletion.delete(last, true));
  return { results: [...results.values()], gcWaited: last !== undefined && isClean(results.get(last.name)) };
}

async function listed(caller: ClientCalls, filter: Filter, options: CallOptions): Promise<readonly DeleteTarget[]> {
  const images = await listImages(caller, filter, options);
  return images.map(({ name, target, createdAt }) => ({ name, digest: target.digest, createdAt }));
}

// A re-pull makes the same name for the same digest anew, or changes the record in place: both mean that it is wanted.
function isSeen({ createdAt, updatedAt }: DeleteTarget, image: Image): boolean {
  return isSameTime(createdAt, image.createdAt) && isSameTime(updatedAt, image.updatedAt);
}

function isSameTime(seen: Date | undefined, now: Date): boolean {
  return seen === undefined || seen.getTime() === now.getTime();
}

function isClean(result: DeleteResult | undefined): boolean {
  return result?.status === "deleted" && result.error === undefined;
}

/** The requests of one `deleteMany`, each with a deadline of its own. */
class Deletion {
  readonly #caller: ClientCalls;
  readonly #filter: Filter | undefined;
  readonly #options: CallOptions;

  constructor(caller: ClientCalls, filter: Filter | undefined, options: CallOptions) {
    this.#caller = caller;
    this.#filter = filter;
    this.#options = options;
  }

  /** The last record that is there, for the one delete that waits for the garbage collection. */
  async lastPresent(doomed: readonly DeleteTarget[]): Promise<DeleteTarget | undefined> {
    for (const record of doomed.toReversed()) {
      const { status } = await this.look(record);
      if (status !== "missing" && status !== "changed") return record;
    }
    return undefined;
  }

  /** What a delete would do; what the filter has found has just been looked at. */
  look(record: DeleteTarget): Promise<DeleteResult> {
    const { name, digest } = record;
    return this.#settle(record, async () => {
      if (this.#filter !== undefined) return { name, status: "would-delete" };
      const image = await findImage(this.#caller, name, this.#options);
      if (image === undefined) return { name, status: "missing" };
      const isThat = digest === undefined || (digest === image.target.digest && isSeen(record, image));
      return { name, status: isThat ? "would-delete" : "changed" };
    });
  }

  delete(record: DeleteTarget, sync: boolean): Promise<DeleteResult> {
    const { name, digest } = record;
    return this.#settle(record, async () => {
      if (digest !== undefined) return this.#deleteSeen(record, digest, sync);
      await this.#caller.send(DELETE, encodeDelete(name, sync, undefined), this.#options, emptyResponse);
      return { name, status: "deleted" };
    });
  }

  async #deleteSeen(record: DeleteTarget, digest: string, sync: boolean): Promise<DeleteResult> {
    const { name } = record;
    const filter = this.#filter;
    const ifTarget = { digest, fallback: "check-then-delete" } as const;
    const objection = (image: Image) => {
      if (!isSeen(record, image)) return "it was created again or changed";
      return filter === undefined || matches(filter, image) ? undefined : "the filter does not match it any more";
    };
    const timeoutMs = defaultTimeoutMs(this.#caller.settings, DELETE, encodeDelete(name, sync, digest));
    const error = await this.#caller.withCall("delete", this.#options, timeoutMs, (wire, call) =>
      deleteUnlessChanged(wire, call, { name, sync, ifTarget, objection }),
    );
    return error === undefined ? { name, status: "deleted" } : { name, status: "changed", error };
  }

  async #settle({ name }: DeleteTarget, act: () => Promise<DeleteResult>): Promise<DeleteResult> {
    if (this.#options.signal?.aborted === true) return { name, status: "skipped" };
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ImagesError)) throw error;
      if (isNotFound(error)) return { name, status: "missing" };
      // The record goes before the wait for the garbage collection begins.
      return { name, status: error.outcome === "applied" ? "deleted" : "failed", error };
    }
  }
}
