import { emptyAnswer, imageAnswer } from "../codec/answers.js";
import { encodeDelete, encodeGet } from "../codec/requests.js";
import { ImagesError, isNotFound } from "../errors.js";
import type { Image } from "../image.js";
import type { IfTarget } from "../options.js";
import { type Call, namespaceOf } from "../wire/call.js";
import { WireFailure } from "../wire/failure.js";
import { DELETE, GET } from "../wire/method.js";
import type { Wire } from "../wire/wire.js";

/** A delete that goes ahead only while the record points at a digest. */
export interface ConditionalDelete {
  readonly name: string;
  readonly sync: boolean;
  readonly ifTarget: IfTarget;
}

// Each round means that the name was moved away and back within one call.
const MAX_ROUNDS = 3;

/**
 * Sends a conditional delete.
 *
 * A server from 2.0 on compares for itself, but says `not_found` for a record that points elsewhere too. A read tells
 * the two apart, so that "somebody moved the tag" is never taken for "already gone".
 */
export async function deleteIfTarget(wire: Wire, call: Call, request: ConditionalDelete): Promise<void> {
  const { name, sync, ifTarget } = request;
  for (let round = 1; ; round += 1) {
    try {
      return await wire.unary(DELETE, encodeDelete(name, sync, ifTarget.digest), call, emptyAnswer);
    } catch (error) {
      if (isUnsupported(error) && ifTarget.fallback !== undefined) return await checkThenDelete(wire, call, request);
      if (!isNotFound(error)) throw error;
      const image = await find(wire, call, name);
      if (image === undefined) throw error;
      if (image.target.digest !== ifTarget.digest || round === MAX_ROUNDS) throw moved(call, image, request, error);
    }
  }
}

// Not atomic, and the option's name says so.
async function checkThenDelete(wire: Wire, call: Call, request: ConditionalDelete): Promise<void> {
  const { name, sync, ifTarget } = request;
  const image = await find(wire, call, name);
  if (image !== undefined && image.target.digest !== ifTarget.digest) throw moved(call, image, request);
  await wire.unary(DELETE, encodeDelete(name, sync, undefined), call, emptyAnswer);
}

async function find(wire: Wire, call: Call, name: string): Promise<Image | undefined> {
  try {
    return await wire.unary(GET, encodeGet(name), call, imageAnswer);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function moved(call: Call, image: Image, { name, ifTarget }: ConditionalDelete, cause?: ImagesError): ImagesError {
  return new ImagesError(
    `delete ${JSON.stringify(name)}: it points at ${image.target.digest}, not ${ifTarget.digest}`,
    {
      code: "failed_precondition",
      method: "delete",
      namespace: namespaceOf(call),
      imageName: name,
      attempts: cause?.attempts ?? 0,
      outcome: cause?.outcome ?? "not-applied",
      hint: "the name was moved since its digest was read: read it again and decide anew",
      cause,
    },
  );
}

function isUnsupported(error: unknown): boolean {
  return error instanceof ImagesError && error.cause instanceof WireFailure && error.cause.kind === "unsupported";
}
