import type { Outcome } from "../errors.js";
import type { Call } from "../rpc/call.js";
import type { RpcFailure } from "../rpc/failure.js";
import { unsure } from "../rpc/hint.js";
import type { Request } from "../rpc/request.js";
import { quoted } from "../util/subject.js";
import { shortNameHint } from "./short-name-hint.js";

const OTHER_SERVERS =
  "containerd's own TCP port serves no images, nor do the sockets of BuildKit and CRI-O: use containerd's socket, or a proxy to it";

/**
 * The error for a name without a record repeats it, with up to nine bytes for each UTF-16 unit; Node reads no headers
 * over 64 KiB.
 */
const MAX_ECHO = 6_000;
const UNREADABLE_ECHO =
  "Node cannot read an error with so long a name, so it probably has no record: list(field.name.equals(name)) finds out";

/** What to do if there is a record already, by the method that the user called. */
const WHERE_RECORDS_EXIST: Readonly<Record<string, string>> = {
  create: "upsert() creates a record or changes the one that exists",
  tag: "with { force: true } tag() changes the record that exists",
};

/** What to do about a failure that has no hint of its own. */
export function hintOf(
  failure: RpcFailure,
  { method: { name }, imageName }: Request,
  call: Call,
  outcome: Outcome,
): string | undefined {
  const { kind, code, evidence } = failure;
  // Earlier requests of the call may have been sent, such as the create of an upsert. The others in the line may only
  // wait for a daemon that is away.
  if (code === "deadline_exceeded" && evidence === "never-sent")
    return unsure("it waited for its turn: allow more time, or start fewer calls");
  if (kind === "broken" && code === "internal" && (imageName?.length ?? 0) > MAX_ECHO) return UNREADABLE_ECHO;
  if (kind !== "status" && code !== "unimplemented") return silenceHint(failure);
  switch (code) {
    case "not_found":
      // A create needs no record: it is the lease that was not found.
      return name === "create" || !imageName ? undefined : shortNameHint(imageName);
    case "already_exists":
      // Where it is not certain, the call may have had `force`: it ends if its create may have been applied.
      return call.method === "tag" && outcome === "unknown" ? undefined : WHERE_RECORDS_EXIST[call.method];
    case "failed_precondition":
      return unsure("the server saw no namespace: does a proxy drop the containerd-namespace header?");
    case "resource_exhausted":
      // A create or an update may itself be larger than the server accepts, and then the record is readable.
      return name === "get" && imageName ? tooLargeHint(imageName) : undefined;
    case "unimplemented":
      return unsure((name === "create" ? "a server before containerd 1.0 has no Create; " : "") + OTHER_SERVERS);
    default:
      return undefined;
  }
}

/** What to do about a record that makes a response too large. */
export function tooLargeHint(imageName: string): string {
  return `unless this is a rate limit, the record ${quoted(imageName)} fits in no response: it can be deleted, but not read`;
}

/** The hint for a request that was sent and got no response in time; `undefined` for any other failure. */
export function silenceHint({ code, evidence }: RpcFailure): string | undefined {
  return code === "deadline_exceeded" && evidence === "no-answer"
    ? unsure("the daemon is overloaded, frozen or gone, or this is too little time for it")
    : undefined;
}
