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

// Each further round means that the name was pointed at another digest and back while the call ran.
const MAX_ROUNDS = 3;

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
    const changed = request.objection === undefined ? undefined : await readChange(invoker, call, request);
    if (changed !== undefined) return changed;
    try {
      await invoker.unary(deleteRequest(name, sync, ifTarget.digest), call, emptyResponse);
      return undefined;
    } catch (error) {
      if (failureOf(error)?.kind === "unsupported" && ifTarget.fallback !== undefined)
        return await checkThenDelete(invoker, call, request);
      if (!isOfCall(error, "not_found")) throw error;
      const image = await findImageWithin(invoker, call, name);
      if (image === undefined) throw error;
      if (image.target.digest !== ifTarget.digest || round === MAX_ROUNDS) return movedError(call, image, request);
    }
  }
}

// This is not atomic, as the name of the option says. If there is an objection to ask for, the record has just been
// read.
async function checkThenDelete(
  invoker: Invoker,
  call: Call,
  request: ConditionalDelete,
): Promise<ImagesError | undefined> {
  const changed = request.objection === undefined ? await readChange(invoker, call, request) : undefined;
  if (changed !== undefined) return changed;
  await invoker.unary(deleteRequest(request.name, request.sync, undefined), call, emptyResponse);
  return undefined;
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
