import type { KnownFault } from "./known-scenes.js";

/** One change of a source file that puts a fault back; `find` has to be there exactly once. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const RESOLVE = "src/interceptors/retry/resolve.ts";
const READ_BACK = "src/interceptors/retry/read-back.ts";

/** The changes that put each known fault back into the library; the judge has to find it then. See `bite.ts`. */
export const patches: Readonly<Record<KnownFault, readonly Patch[]>> = {
  "takes CRI's label for another writer's": [
    {
      file: READ_BACK,
      find: "namespace === CRI_NAMESPACE ? match : withoutCri(match)",
      replace: "withoutCri(match)",
    },
    {
      file: READ_BACK,
      find: 'return { state: isAsCreated ? "another" : "changed" };',
      replace: 'return { state: "another" };',
    },
  ],
  "believes a date that a writer has chosen": [
    {
      file: RESOLVE,
      find: 'case "changed":\n      return LEAVE_OPEN;',
      replace: 'case "changed":\n      return write.request.kind === "delete" ? { next: "retry" } : LEAVE_OPEN;',
    },
  ],
  "does not compare the date asked for": [
    { file: READ_BACK, find: 'if (createdNs !== epochNs) return { state: "another" };', replace: "" },
    { file: READ_BACK, find: 'match === "same" && updatedNs === epochNs', replace: 'match === "same"' },
    { file: READ_BACK, find: "epochNs !== undefined && epochNs !== updatedNs", replace: "false" },
  ],
  "takes a date that many choose for proof": [
    { file: READ_BACK, find: 'match === "same" && updatedNs === epochNs', replace: 'match === "same"' },
    {
      file: READ_BACK,
      find: 'if (match === "different") return { state: "changed" };',
      replace: 'if (match === "different") return { state: createdNs === updatedNs ? "another" : "changed" };',
    },
  ],
  "takes a digest for a record": [
    {
      file: RESOLVE,
      find: 'case "changed":\n      return LEAVE_OPEN;',
      replace:
        'case "changed":\n      return write.request.kind === "conditional-delete" ? { next: "retry" } : LEAVE_OPEN;',
    },
  ],
  "believes in one clock": [
    {
      file: RESOLVE,
      find: "serverClock.order(serverMs, call.deadline.startedAt)",
      replace:
        '(serverMs >= Date.now() - (call.deadline.clock.now() - call.deadline.startedAt.ms) ? "inside" : "outside") as Order',
    },
  ],
  "takes a restarted forwarder for a restarted daemon": [
    {
      file: RESOLVE,
      find: 'failureClass === "lost" ? await channel.serverChangeSince(failure.connection, reading) : "unknown"',
      replace: '(failureClass === "lost" ? "restarted" : "unknown") as string',
    },
  ],
  "takes any record for its own where it knows no clock": [
    { file: RESOLVE, find: 'if (order === "inside") return', replace: "if (order) return" },
  ],
  "believes a gateway": [
    {
      file: RESOLVE,
      find: 'return hasRestarted || failureClass === "unavailable"',
      replace:
        'if (failureClass === "failed") return { next: "fail", failure, outcome: "not-applied" as never };\n      return hasRestarted || failureClass === "unavailable"',
    },
  ],
};
