import { getRequest } from "../../codec/requests.js";
import { imageResponse } from "../../codec/responses.js";
import { type RecordTimes, timesOf } from "../../codec/times.js";
import type { Image } from "../../image.js";
import { type Call, namespaceOf } from "../../rpc/call.js";
import type { Invoker } from "../../rpc/invoker.js";
import type { Request } from "../../rpc/request.js";
import type { ResponseDecoder } from "../../rpc/response-decoder.js";
import { type Match, matchOf } from "./same-state.js";

/**
 * What reading back has shown about the record of a create, update or delete.
 *
 * - `reached`: the record is as requested.
 * - `reached-if-written-now`: the record is as requested if it was written during this call. `writtenNs` is the time of
 *   that write by the server's clock, unless the writer chose the time. `isElseAnother`: if it was written at another
 *   time, it is certainly not the record of this create.
 * - `another`: the record is certainly not the record of this create.
 * - `changed`: the record is not as requested; it is not known whether it ever was.
 */
export type ReadBackResult =
  | { readonly state: "reached"; readonly response: Uint8Array }
  | {
      readonly state: "reached-if-written-now";
      readonly response: Uint8Array;
      readonly writtenNs: bigint;
      readonly isElseAnother: boolean;
    }
  | { readonly state: "another" }
  | { readonly state: "changed" };

/** Reads the record, and compares it with the request; rejects if there is none, or if it cannot be read. */
export async function readBack(invoker: Invoker, request: Request, call: Call): Promise<ReadBackResult> {
  const found = await invoker.unary(getRequest(request.imageName ?? ""), call, responseAndImage);
  return request.method.name === "delete" ? { state: "changed" } : resultOf(request, found, namespaceOf(call));
}

interface Found {
  /** The bytes that the lost response would have had. */
  readonly response: Uint8Array;
  readonly image: Image;
}

const responseAndImage: ResponseDecoder<Found> = {
  whole: (response) => ({ response, image: imageResponse.whole(response) }),
};

function resultOf(request: Request, { response, image }: Found, namespace: string): ReadBackResult {
  const compared = matchOf(request, image);
  const match = namespace === CRI_NAMESPACE ? compared : withoutCri(compared);
  const times = timesOf(response);
  const { sourceDateEpochNs } = request;
  if (request.method.name !== "create") return afterUpdate(match, times, sourceDateEpochNs, response);
  return sourceDateEpochNs === undefined
    ? afterUndatedCreate(match, times, response)
    : afterDatedCreate(match, times, sourceDateEpochNs, response);
}

/** The only namespace in which containerd's CRI plugin changes labels. */
const CRI_NAMESPACE = "k8s.io";

function withoutCri(match: Match): Match {
  return match === "same-but-for-cri" ? "different" : match;
}

function afterUndatedCreate(match: Match, { createdNs, updatedNs }: RecordTimes, response: Uint8Array): ReadBackResult {
  // The two times are the same until the next write, so a record that differs was already created with the difference.
  const isAsCreated = createdNs !== undefined && createdNs === updatedNs;
  if (match === "different" || (match === "same-but-for-cri" && isAsCreated))
    return { state: isAsCreated ? "another" : "changed" };
  return writtenAt(createdNs, response, true);
}

// The server stores a requested date to the nanosecond and never changes it, so a record with another date is another
// record. Equal times prove nothing here, because later updates by the same program may request the same date.
function afterDatedCreate(
  match: Match,
  { createdNs, updatedNs }: RecordTimes,
  epochNs: bigint,
  response: Uint8Array,
): ReadBackResult {
  if (createdNs !== epochNs) return { state: "another" };
  if (match === "different") return { state: "changed" };
  if (match === "same" && updatedNs === epochNs) return { state: "reached", response };
  // The record was written again after its creation. If that write was before the call, the creation was too.
  return writtenAt(updatedNs, response, false);
}

function writtenAt(writtenNs: bigint | undefined, response: Uint8Array, isElseAnother: boolean): ReadBackResult {
  if (writtenNs === undefined) return { state: "changed" };
  return { state: "reached-if-written-now", response, writtenNs, isElseAnother };
}

function afterUpdate(
  match: Match,
  { updatedNs }: RecordTimes,
  epochNs: bigint | undefined,
  response: Uint8Array,
): ReadBackResult {
  if (match === "different" || (epochNs !== undefined && epochNs !== updatedNs)) return { state: "changed" };
  if (match === "same") return { state: "reached", response };
  return writtenAt(updatedNs, response, false);
}
