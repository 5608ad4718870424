import { CREATE, type Method, UPDATE } from "../rpc/method.js";
import { Reader, VARINT } from "./reader.js";
import { fieldsOf } from "./scan.js";

/** The timestamps of a record, in nanoseconds since 1970; `undefined` where the server of 2017 keeps none. */
export interface RecordTimes {
  readonly createdNs: bigint | undefined;
  readonly updatedNs: bigint | undefined;
}

const EPOCH_FIELDS: ReadonlyMap<Method, number> = new Map<Method, number>([
  [CREATE, 2],
  [UPDATE, 3],
]);

/** The timestamps in an answer of Get, Create or Update, to the nanosecond. */
export function timesOf(answer: Uint8Array): RecordTimes {
  const image = Buffer.concat(fieldsOf(answer, 1));
  return { createdNs: timestampIn(image, 7), updatedNs: timestampIn(image, 8) };
}

/** The time that a create or update asks the server to store, in nanoseconds since 1970; `undefined` without one. */
export function sourceDateEpochOf(method: Method, request: Uint8Array): bigint | undefined {
  const field = EPOCH_FIELDS.get(method);
  return field === undefined ? undefined : timestampIn(request, field);
}

/** The `Timestamp` in this field of a message, in nanoseconds since 1970. */
export function timestampIn(message: Uint8Array, field: number): bigint | undefined {
  const parts = fieldsOf(message, field);
  if (parts.length === 0) return undefined;
  const reader = new Reader(Buffer.concat(parts));
  let [seconds, nanos] = [0, 0];
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 8 + VARINT) seconds = reader.int64();
    else if (tag === 16 + VARINT) nanos = reader.int32();
    else reader.skip(tag);
  }
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}
