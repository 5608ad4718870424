import { createRequest, updateRequest } from "../codec/requests.js";
import { imageResponse } from "../codec/responses.js";
import { UPSERT_ROUNDS } from "../defaults.js";
import type { ImagesError } from "../errors.js";
import type { ImageFields, WritableField } from "../image.js";
import { isOfCall } from "../interceptors/error-of-call.js";
import { unchangedError } from "../interceptors/to-images-error.js";
import type { UpsertOptions } from "../options.js";
import { type ImagePatch, pathsOf, replaceAll } from "../patch.js";
import type { UpsertResult } from "../results.js";
import type { Call } from "../rpc/call.js";
import type { Invoker } from "../rpc/invoker.js";

/** A record to create, or to update if one of this name exists. */
interface Upsert extends Pick<UpsertOptions, "labels" | "sourceDateEpoch"> {
  readonly image: ImageFields;
}

/**
 * Creates the record or updates the existing one, also while other clients create and delete it. The name is never
 * without a record in between.
 *
 * It changes the record once: after a create that may have been applied, an update could undo what another writer has
 * done since.
 */
export async function upsert(invoker: Invoker, call: Call, request: Upsert): Promise<UpsertResult> {
  const { image, sourceDateEpoch } = request;
  const create = createRequest(image, sourceDateEpoch);
  const update = updateRequest(image, pathsToUpdate(request), sourceDateEpoch);
  for (let round = 1; ; round += 1) {
    try {
      return { image: await invoker.unary(create, call, imageResponse), created: true };
    } catch (error) {
      if (!isOfCall(error, "already_exists") || error.outcome === "unknown") throw error;
    }
    try {
      return { image: await invoker.unary(update, call, imageResponse), created: false };
    } catch (error) {
      if (!isOfCall(error, "not_found") || error.outcome === "unknown") throw error;
      if (round === UPSERT_ROUNDS) throw contendedError(call, request);
    }
  }
}

function pathsToUpdate({ image, labels = "merge" }: Upsert): readonly string[] {
  const changes: Required<Pick<ImagePatch, WritableField>> = {
    target: image.target,
    labels: labels === "merge" ? image.labels : replaceAll(image.labels),
  };
  return pathsOf(changes);
}

function contendedError(call: Call, { image }: Upsert): ImagesError {
  return unchangedError(`other clients created and deleted the name ${UPSERT_ROUNDS} times`, call, {
    code: "aborted",
    imageName: image.name,
    hint: "find out which clients create and delete this name all the time",
  });
}
