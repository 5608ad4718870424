import { debuglog } from "node:util";
import { printable } from "../../util/printable.js";
import { subjectOf } from "../../util/subject.js";
import { type AttemptTrace, attemptChannel } from "./channels.js";

const debug = debuglog("containerd-images");

/** Is on the channel while attempts are logged: two copies of the package, or two realms, publish to the same one. */
const LOGGING = Symbol.for("containerd-images.debug-log");

/** Writes one line to stderr for every request of every client, if `NODE_DEBUG` names this package. */
export function logAttempts(): void {
  if (!debug.enabled || LOGGING in attemptChannel.asyncEnd) return;
  Object.defineProperty(attemptChannel.asyncEnd, LOGGING, { value: true });
  attemptChannel.asyncEnd.subscribe((trace) => debug("%s", lineOf(trace as AttemptTrace)));
}

/** For example `get "app:1" in namespace "default": attempt 1, not_found, answered, 1.8 ms, unix:///run/c.sock`. */
function lineOf(trace: AttemptTrace): string {
  const { attempt, code = "failed", evidence, durationMs = 0, address = "own transport" } = trace;
  const facts = [`attempt ${attempt}`, code, evidence, `${durationMs.toFixed(1)} ms`, address];
  return printable(`${subjectOf(trace)}: ${facts.filter((fact) => fact !== undefined).join(", ")}`);
}
