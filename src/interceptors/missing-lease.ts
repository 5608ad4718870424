import { getRequest } from "../codec/requests.js";
import { bytesResponse, imageResponse } from "../codec/responses.js";
import { type RecordTimes, timesOf } from "../codec/times.js";
import type { ImagesError } from "../errors.js";
import { LABEL_GC_EXPIRE } from "../labels.js";
import { type Call, isRaw, namespaceOf } from "../rpc/call.js";
import { type Channel, type Invoker, intercepted } from "../rpc/invoker.js";
import type { Request } from "../rpc/request.js";
import type { ResponseDecoder } from "../rpc/response-decoder.js";
import { quoted } from "../util/subject.js";
import { failureOf, isOfCall } from "./error-of-call.js";
import { foundOrUndefined } from "./found.js";
import { unchangedError } from "./to-images-error.js";

// Each further round means that another client changed the record between two requests of this call.
const MAX_ROUNDS = 3;

/**
 * Finds out whether `not_found` means a missing lease or a missing record: the server uses the code for both.
 *
 * For a create it can only mean the lease. For an update it means the lease if the same record existed before and after
 * the update, and has the label for expiry.
 */
export function missingLease(next: Channel): Channel {
  return intercepted(next, {
    unary: (request, call, decoder) => {
      const response = next.unary(request, call, decoder);
      const lease = call.headers["containerd-lease"];
      if (lease === undefined || isRaw(call)) return response;
      return response.catch((error: unknown) => {
        if (!isServersNotFound(error)) throw error;
        if (request.method.name === "create") throw leaseMissing(request, call, lease);
        if (request.method.name !== "update") throw error;
        return updateAgain(next, request, call, decoder, { notFound: error, lease });
      });
    },
  });
}

function isServersNotFound(error: unknown): error is ImagesError {
  return isOfCall(error, "not_found") && failureOf(error)?.kind === "status";
}

// If a read finds the record after `not_found`, it may have been created in between. Then the update is sent again, and
// finds it.
async function updateAgain<T>(
  next: Invoker,
  request: Request,
  call: Call,
  decoder: ResponseDecoder<T>,
  { notFound, lease }: { readonly notFound: ImagesError; readonly lease: string },
): Promise<T> {
  let before = await expiringTimes(next, request, call);
  for (let round = 0; before && round < MAX_ROUNDS; round += 1) {
    try {
      return await next.unary(request, call, decoder);
    } catch (error) {
      if (!isServersNotFound(error)) throw error;
    }
    const after = await expiringTimes(next, request, call);
    if (after && isSame(before, after)) throw leaseMissing(request, call, lease);
    before = after;
  }
  throw notFound;
}

/** The times of the record; `undefined` if it is not there, or cannot expire. */
async function expiringTimes(next: Invoker, request: Request, call: Call): Promise<RecordTimes | undefined> {
  const response = await call.uncounted(() =>
    foundOrUndefined(next.unary(getRequest(request.imageName ?? ""), call, bytesResponse)),
  );
  return response && isExpiring(response, request) ? timesOf(response) : undefined;
}

// Whether the record has the label now, or would have it after the update.
function isExpiring(response: Uint8Array, request: Request): boolean {
  return [imageResponse.whole(response), request.image].some(({ labels }) => Object.hasOwn(labels, LABEL_GC_EXPIRE));
}

// A record that was changed or created again has other timestamps.
function isSame(a: RecordTimes, b: RecordTimes): boolean {
  return a.createdNs === b.createdNs && a.updatedNs === b.updatedNs;
}

function leaseMissing({ imageName }: Request, call: Call, lease: string): ImagesError {
  const list = `ctr -n ${namespaceOf(call)} leases ls`;
  const hint = `leases expire, and \`${list}\` shows those that exist: make the lease ${quoted(lease)} again, or leave it out (of records, it protects only those with the label ${LABEL_GC_EXPIRE})`;
  return unchangedError("the lease of the client does not exist", call, {
    code: "failed_precondition",
    imageName,
    hint,
  });
}
