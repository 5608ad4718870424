import { create } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { nearestDate } from "../../codec/times.js";

export const NANOS_PER_SECOND = 1_000_000_000n;

/** A moment as containerd stores it: seconds since 1970 with 64 bits, and nanoseconds below 10^9. */
export interface Instant {
  readonly seconds: bigint;
  readonly nanos: number;
}

/**
 * Returns the current time, in nanoseconds since 1970-01-01T00:00:00Z.
 *
 * @example
 * ```ts
 * new InMemoryImages({ clock: () => BigInt(Date.now()) * 1_000_000n }); // as precise as Date, and mocked with it
 * ```
 */
export type Clock = () => bigint;

/** The machine's clock, in nanoseconds; it never runs backwards. */
export function systemClock(): Clock {
  const origin = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();
  return () => origin + process.hrtime.bigint();
}

export function instantOf(nanosSinceEpoch: bigint): Instant {
  if (typeof nanosSinceEpoch !== "bigint") throw new RangeError("clock must return nanoseconds as a bigint");
  return instant(nanosSinceEpoch / NANOS_PER_SECOND, nanosSinceEpoch % NANOS_PER_SECOND);
}

/** Carries nanoseconds outside 0 to 10^9 over to the seconds, which overflow at 64 bits as in Go. */
export function instantFromMessage({ seconds, nanos }: Timestamp): Instant {
  return instant(seconds, BigInt(nanos));
}

export function instantFromDate(date: Date): Instant {
  return instantOf(BigInt(date.getTime()) * 1_000_000n);
}

function instant(seconds: bigint, nanos: bigint): Instant {
  const carried = nanos % NANOS_PER_SECOND;
  const rest = carried < 0n ? carried + NANOS_PER_SECOND : carried;
  return { seconds: BigInt.asIntN(64, seconds + (nanos - rest) / NANOS_PER_SECOND), nanos: Number(rest) };
}

export function messageFromInstant({ seconds, nanos }: Instant): Timestamp {
  return create(TimestampSchema, { seconds, nanos });
}

export function dateFromInstant({ seconds, nanos }: Instant): Date {
  return nearestDate(Number(seconds), nanos);
}
