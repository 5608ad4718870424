import { systemClock } from "../../util/clock.js";
import type { ResponseHeaders } from "./status.js";

/** Longer waits are cut to this, about eleven days, because a timer of Node cannot wait for a month. */
const MAX_WAIT_MS = 999_999_999;

const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * How long a response of plain HTTP asks to wait (RFC 9110, 10.2.3), in milliseconds; `undefined` if it does not say
 * so, or not in a valid form. A date is compared with the response's own date, because its sender's clock may differ
 * from ours.
 */
export function retryAfterMs(headers: ResponseHeaders, nowMs = systemClock.wallMs()): number | undefined {
  const { "retry-after": value, date } = headers;
  if (typeof value !== "string") return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1_000, MAX_WAIT_MS);
  const untilMs = timeOf(value);
  return untilMs === undefined ? undefined : Math.min(Math.max(0, untilMs - (timeOf(date) ?? nowMs)), MAX_WAIT_MS);
}

function timeOf(date: unknown): number | undefined {
  if (typeof date !== "string" || !HTTP_DATE.test(date)) return undefined;
  const timeMs = Date.parse(date);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
