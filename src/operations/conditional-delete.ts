import { deleteRequest } from "../codec/requests.js";
import { emptyResponse } from "../codec/responses.js";
import type { ImagesError } from "../errors.js";
import type { Image } from "../image.js";
import { failureOf, isOfCall } from "../interceptors/error-of-call.js";
import { shortNameHint } from "../interceptors/short-name-hint.js";
import { unchangedError } from "../interceptors/to-images-error.js";
import type { IfTarget } from "../options.js";
import type { Call } from "../rpc/call.js";
import type { Invoker } from "../rpc/invoker.js";
import { OutdatedRequest } from "../rpc/outdated-request.js";
import { findImageWithin } from "./find.js";

/** A delete that happens only if the record points at a digest. */
interface ConditionalDelete {
  readonly name: string;
  readonly sync: boolean;
  readonly ifTarget: IfTarget;
  /**
   * Why a record must be kept although it points at the digest. The record is read before the delete to ask this,
   * because the server compares only the digest.
   */
  readonly objection?: ((image: Image) => string | undefined) | undefined;
}

// Each further round means that the delete had to wait, or that the name was pointed at another digest and back.
const MAX_ROUNDS = 3;

/** What was read longer ago is read again before the delete is sent. */
const MAX_AGE_MS = 100;

/** Sends a conditional delete; a record that has changed is an error. */
export async function deleteIfTarget(invoker: Invoker, call: Call, request: ConditionalDelete): Promise<void> {
  const changed = await deleteUnlessChanged(invoker, call, request);
  if (changed !== undefined) throw changed;
}

/**
 * Sends a conditional delete; the result is the error that says how the record has changed, or `undefined` if it is
 * deleted.
 *
 * A server from 2.0 on compares the digest itself, but responds `not_found` also for a record that points at another
 * digest. A read tells the two apart, so that a moved name is never taken for a deleted one.
 */
export async function deleteUnlessChanged(
  invoker: Invoker,
  call: Call,
  request: ConditionalDelete,
): Promise<ImagesError | undefined> {
  const { name, sync, ifTarget } = request;
  for (let round = 1; ; round += 1) {
    const check = new Check(invoker, call, request);
    const changed = request.objection === undefined ? undefined : await check.change();
    if (changed !== undefined) return changed;
    const isFresh = request.objection && check.isFreshIn(round);
    try {
      await invoker.unary(deleteRequest(name, sync, ifTarget.digest, isFresh), call, emptyResponse);
      return undefined;
    } catch (error) {
      if (error instanceof OutdatedRequest) continue;
      if (failureOf(error)?.kind === "unsupported" && ifTarget.fallback !== undefined)
        return await checkThenDelete(invoker, call, request, check);
      if (!isOfCall(error, "not_found")) throw error;
      const image = await findImageWithin(invoker, call, name);
      if (image === undefined) throw error;
      if (image.target.digest !== ifTarget.digest || round === MAX_ROUNDS) return movedError(call, image, request);
    }
  }
}

// This is not atomic, as the name of the option says.
async function checkThenDelete(
  invoker: Invoker,
  call: Call,
  { name, sync }: ConditionalDelete,
  check: Check,
): Promise<ImagesError | undefined> {
  for (let round = 1; ; round += 1) {
    const changed = await check.change();
    if (changed !== undefined) return changed;
    try {
      await invoker.unary(deleteRequest(name, sync, undefined, check.isFreshIn(round)), call, emptyResponse);
      return undefined;
    } catch (error) {
      if (!(error instanceof OutdatedRequest)) throw error;
    }
  }
}

/**
 * The check of a record before its delete. It holds for a moment only: a delete may have to wait for a connection, for
 * its turn or for a retry, and meanwhile another client may have changed the record.
 */
class Check {
  readonly #invoker: Invoker;
  readonly #call: Call;
  readonly #request: ConditionalDelete;
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(invoker: Invoker, call: Call, request: ConditionalDelete) {
    this.#invoker = invoker;
    this.#call = call;
    this.#request = request;
  }

  /** See {@link readChange}; what has just been read is not read again. */
  async change(): Promise<ImagesError | undefined> {
    if (this.#isFresh()) return undefined;
    const changed = await readChange(this.#invoker, this.#call, this.#request);
    this.#readAtMs = this.#call.deadline.clock.now();
    return changed;
  }

  /** `Request.isFresh` for this round. In the last one the delete may wait: a client may be busy all the time. */
  isFreshIn(round: number): (() => boolean) | undefined {
    return round < MAX_ROUNDS ? this.#isFresh : undefined;
  }

  readonly #isFresh = (): boolean => this.#call.deadline.clock.now() - this.#readAtMs < MAX_AGE_MS;
}

/**
 * Reads the record, and returns the error that says how it has changed. A missing one is thrown as an error: a record
 * that is created after this read would be deleted without having been read.
 */
export async function readChange(
  invoker: Invoker,
  call: Call,
  request: ConditionalDelete,
): Promise<ImagesError | undefined> {
  const { name: imageName } = request;
  const image = await findImageWithin(invoker, call, imageName);
  if (image === undefined)
    throw unchangedError("not found", call, { code: "not_found", imageName, hint: shortNameHint(imageName) });
  if (image.target.digest !== request.ifTarget.digest) return movedError(call, image, request);
  const objection = request.objection?.(image);
  return objection === undefined
    ? undefined
    : changedError(call, request, objection, "it was changed since it was listed");
}

const MOVED = "the name was moved since its digest was read: read it again and decide anew";

function movedError(call: Call, image: Image, request: ConditionalDelete): ImagesError {
  const { digest } = image.target;
  const wanted = request.ifTarget.digest;
  const what = digest === wanted ? "it is moved away and back all the time" : `it points at ${digest}, not ${wanted}`;
  return changedError(call, request, what, MOVED);
}

function changedError(call: Call, { name }: ConditionalDelete, what: string, hint: string): ImagesError {
  return unchangedError(what, call, { code: "failed_precondition", imageName: name, hint });
}
