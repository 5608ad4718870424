import { getRequest } from "../codec/requests.js";
import { bytesResponse, imageResponse } from "../codec/responses.js";
import { type RecordTimes, timesOf } from "../codec/times.js";
import { type ImagesError, isNotFound } from "../errors.js";
import { GC_EXPIRE } from "../labels.js";
import type { Call } from "../rpc/call.js";
import { type Channel, type Invoker, intercepted } from "../rpc/invoker.js";
import type { Request } from "../rpc/request.js";
import type { ResponseDecoder } from "../rpc/response-decoder.js";
import { quoted } from "../util/subject.js";
import { foundOrUndefined } from "./found.js";
import { callDetails, callError, failureOf } from "./to-images-error.js";

// Each further round means that the record was changed between two requests of ours.
const MAX_ROUNDS = 3;

/**
 * Tells a lease that does not exist from a record that does not: the server says `not_found` of both.
 *
 * A create needs no record, so it can only mean the lease. An update means the lease when the same record was there
 * before and after it, and is one that expires.
 */
export function missingLease(next: Channel): Channel {
  return intercepted(next, {
    unary: async (request, call, decoder) => {
      try {
        return await next.unary(request, call, decoder);
      } catch (error) {
        const lease = call.headers["containerd-lease"];
        if (lease === undefined || isRaw(call) || !isServersNotFound(error)) throw error;
        if (request.method.name === "create") throw leaseMissing(error, lease, call);
        if (request.method.name === "update") return updateAgain(next, request, call, decoder, error, lease);
        throw error;
      }
    },
  });
}

// `raw` gives the server's own status.
function isRaw({ onMetadata }: Call): boolean {
  return onMetadata !== undefined;
}

function isServersNotFound(error: unknown): error is ImagesError {
  return isNotFound(error) && failureOf(error)?.kind === "status";
}

// A record that is there, after the server has said that it is not, may also have come in between: then the update,
// sent again, finds it.
async function updateAgain<T>(
  next: Invoker,
  request: Request,
  call: Call,
  decoder: ResponseDecoder<T>,
  notFound: ImagesError,
  lease: string,
): Promise<T> {
  const get = getRequest(request.imageName ?? "");
  let last: RecordTimes | undefined;
  for (let round = 1; ; round += 1) {
    const answer = await call.uncounted(() => foundOrUndefined(next.unary(get, call, bytesResponse)));
    if (answer === undefined || !isExpiring(answer, request)) throw notFound;
    const now = timesOf(answer);
    if (isSame(last, now)) throw leaseMissing(notFound, lease, call);
    if (round > MAX_ROUNDS) throw notFound;
    last = now;
    try {
      return await next.unary(request, call, decoder);
    } catch (error) {
      if (!isServersNotFound(error)) throw error;
    }
  }
}

// The record as it is, or as the update would leave it.
function isExpiring(response: Uint8Array, request: Request): boolean {
  return [imageResponse.whole(response), request.image].some(({ labels }) => Object.hasOwn(labels, GC_EXPIRE));
}

// Another record of this name, or the same one changed, has other times.
function isSame(a: RecordTimes | undefined, b: RecordTimes): boolean {
  return a !== undefined && a.createdNs === b.createdNs && a.updatedNs === b.updatedNs;
}

function leaseMissing(cause: ImagesError, lease: string, call: Call): ImagesError {
  const { imageName, outcome } = cause;
  const hint = `make the lease ${quoted(lease)}, or leave it out: a record with the label ${GC_EXPIRE} is added to it`;
  const details = { ...callDetails(call), code: "failed_precondition", imageName, outcome, hint, cause } as const;
  return callError("the lease of the client does not exist", details);
}
