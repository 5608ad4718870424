import type { KnownFault } from "./known-scenes.js";

/** One change of a source file that puts a fault back; `find` has to be there exactly once. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** On a busy machine, the deadlines of the scenes would pass before a fault can show. */
export const LONGER_DEADLINES: Patch = {
  file: "test/live/truth/play.ts",
  find: "const TIMEOUT_MS = 500;",
  replace: "const TIMEOUT_MS = 5_000;",
};

const RESOLVE = "src/interceptors/retry/resolve.ts";
const READ_BACK = "src/interceptors/retry/read-back.ts";

/** The changes that put each known fault back into the library; the judge has to find it then. See `bite.ts`. */
export const patches: Readonly<Record<KnownFault, readonly Patch[]>> = {
  "takes CRI's label for another writer's": [
    {
      file: READ_BACK,
      find: "namespace === CRI_NAMESPACE ? compared : withoutCri(compared)",
      replace: "withoutCri(compared)",
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
      replace: 'case "changed":\n      return write.request.isConditional ? { next: "retry" } : LEAVE_OPEN;',
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
      find: "change = await context.channel.serverChangeSince(failure.connection, reading)",
      replace: 'change = "restarted" as ServerChange',
    },
  ],
  "takes any record for its own where it knows no clock": [
    { file: RESOLVE, find: 'if (order === "inside") return', replace: "if (order) return" },
  ],
  "does not list again after a gap": [
    {
      file: "src/watch/reconcile.ts",
      find: 'if (task === "relist") return store',
      replace: 'if (task === "relist") return hasSynced ? [] : store',
    },
  ],
  "keeps records that a list does not have": [
    {
      file: "src/watch/store.ts",
      find: "listed.has(name) ? undefined : this.update(name, undefined)",
      replace: "undefined",
    },
  ],
  "does not read again what it has just read": [
    {
      file: "src/watch/work-queue.ts",
      find: "this.#names.delete(name);",
      replace: "this.#names.delete(name);\n    if (this.read === name) return undefined;\n    this.read = name;",
    },
  ],
  "takes a record that was not read for none": [
    {
      file: "src/operations/wait-for.ts",
      find: "if (holds(wait.condition, image)) return image;",
      replace: "if (holds(wait.condition, last.image)) return last.image;",
    },
  ],
  "believes that the daemon's clock runs evenly": [
    { file: "src/interceptors/retry/server-clock.ts", find: "this.#steppedAtMs < from.ms && ", replace: "" },
  ],
  "takes a record for held by the lease": [
    { file: RESOLVE, find: "mayLackLease(write, verdict.response) ? LEAVE_OPEN", replace: "false ? LEAVE_OPEN" },
  ],
  "takes a missing record for a missing lease": [
    {
      file: "src/interceptors/missing-lease.ts",
      find: "let before = await expiringTimes(next, request, call);",
      replace:
        "let before = await expiringTimes(next, request, call);\n  if (before) throw leaseMissing(request, call, lease);",
    },
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
