import { parseTimeout } from "@connectrpc/connect/protocol-grpc";
import { Status } from "../status.js";
import { quote } from "../store/go-format.js";

/** The deadline of a call, in milliseconds; throws a {@link Status} for one that no server can read. */
export function timeoutMsOf(text: string | undefined): number | undefined {
  const malformed = malformedTimeout(text);
  if (malformed !== undefined) throw malformed;
  return parseTimeout(text ?? null, Number.POSITIVE_INFINITY).timeoutMs;
}

/** The status for a timeout as some clients send it, with too many digits or a fraction, in the words of 2.x. */
export function malformedTimeout(text: string | undefined): Status | undefined {
  const reason = text === undefined ? undefined : faultIn(text);
  return reason === undefined ? undefined : new Status("internal", `malformed grpc-timeout: ${reason}`);
}

function faultIn(text: string): string | undefined {
  if (/^\d{1,8}[HMSmun]$/.test(text)) return undefined;
  if (text.length < 2) return `transport: timeout string is too short: ${quote(text)}`;
  if (text.length > 9) return `transport: timeout string is too long: ${quote(text)}`;
  if (!/[HMSmun]$/.test(text)) return `transport: timeout unit is not recognized: ${quote(text)}`;
  return `strconv.ParseUint: parsing ${quote(text.slice(0, -1))}: invalid syntax`;
}
