import { IMAGE, IMAGE_RESPONSE, TIMESTAMP } from "./fields.js";
import { hasField, joinedFields, lastVarint } from "./scan.js";

const MAX_DATE_MS = 8.64e15;

/** The timestamps of a record, in nanoseconds since 1970; `undefined` where the server of 2017 keeps none. */
export interface RecordTimes {
  readonly createdNs: bigint | undefined;
  readonly updatedNs: bigint | undefined;
}

/** The timestamps in a response of Get, Create or Update, to the nanosecond. */
export function timesOf(response: Uint8Array): RecordTimes {
  const image = joinedFields(response, IMAGE_RESPONSE.image);
  return { createdNs: timestampIn(image, IMAGE.createdAt), updatedNs: timestampIn(image, IMAGE.updatedAt) };
}

/** Whether a record in a response of Get, Create or Update has a timestamp; those of 2017 have none. */
export function hasTimestamp(response: Uint8Array): boolean {
  const image = joinedFields(response, IMAGE_RESPONSE.image);
  return hasField(image, IMAGE.createdAt) || hasField(image, IMAGE.updatedAt);
}

/** The `Timestamp` in this field of a message, in nanoseconds since 1970. */
export function timestampIn(message: Uint8Array, field: number): bigint | undefined {
  if (!hasField(message, field)) return undefined;
  const timestamp = joinedFields(message, field);
  const nanos = lastVarint(timestamp, TIMESTAMP.nanos) | 0; // an int32
  return BigInt(lastVarint(timestamp, TIMESTAMP.seconds)) * 1_000_000_000n + BigInt(nanos);
}

/** Nanoseconds as milliseconds, to the precision of a number. */
export function msOf(ns: bigint): number {
  return Number(ns) / 1e6;
}

/** The Date nearest to a timestamp: servers store and return instants that a Date cannot hold. */
export function nearestDate(seconds: number, nanos: number): Date {
  const ms = seconds * 1_000 + Math.floor(nanos / 1e6);
  return new Date(Math.min(MAX_DATE_MS, Math.max(-MAX_DATE_MS, ms)));
}
