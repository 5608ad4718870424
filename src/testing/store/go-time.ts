import { NANOS_PER_SECOND } from "./instant.js";

// As lenient as Go: an hour may have one digit, and a comma may stand before the fraction.
const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/**
 * Reads RFC 3339 as Go's `time.Parse` does. Returns nanoseconds since 1970, or undefined if Go returns an error.
 *
 * A day that the month does not have is an error, and the hour 24 too. An offset of 24 hours or 60 minutes is accepted.
 */
export function parseGoTime(text: string): bigint | undefined {
  const [, year, month, day, hour, minute, second, fraction = "", sign, ...offset] = RFC_3339.exec(text) ?? [];
  const [offsetHour = 0, offsetMinute = 0] = offset.map((digits) => Number(digits ?? 0));
  const isInRange = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  const midnight = midnightOf(Number(year), Number(month), Number(day));
  if (midnight === undefined || !isInRange || offsetHour > 24 || offsetMinute > 60) return undefined;
  const offsetSeconds = (offsetHour * 60 + offsetMinute) * (sign === "-" ? -60 : 60);
  const seconds = midnight / 1_000 + Number(hour) * 3_600 + Number(minute) * 60 + Number(second) - offsetSeconds;
  return BigInt(seconds) * NANOS_PER_SECOND + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
}

/** The start of a day in UTC, in milliseconds since 1970; undefined if there is no such day. */
function midnightOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // Date.UTC() would read the years 0 to 99 as 1900 to 1999
  return date.getUTCMonth() === month - 1 ? date.getTime() : undefined; // it would be in another month
}
