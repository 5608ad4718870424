import { msOf, timesOf } from "../../codec/times.js";
import type { Call } from "../../rpc/call.js";
import type { Request } from "../../rpc/request.js";
import type { ResponseDecoder } from "../../rpc/response-decoder.js";
import { InspectingDecoder } from "../inspecting-decoder.js";
import type { ServerClock } from "./server-clock.js";

/**
 * The decoder of a request that is sent now. It also learns the server's clock from a response with a new timestamp,
 * unless the request has chosen the timestamp.
 */
export function learningDecoder<T>(
  serverClock: ServerClock,
  request: Request,
  call: Call,
  decoder: ResponseDecoder<T>,
): ResponseDecoder<T> {
  const { kind } = request;
  if ((kind !== "create" && kind !== "update") || serverClock.isFresh) return decoder;
  if (request.sourceDateEpochNs !== undefined) return decoder;
  const sentAtMs = call.deadline.clock.now();
  return new InspectingDecoder(decoder, (response) => {
    const { updatedNs } = timesOf(response);
    if (updatedNs !== undefined) serverClock.learn(msOf(updatedNs), sentAtMs);
  });
}
