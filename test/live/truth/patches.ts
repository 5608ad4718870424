import type { KnownFault } from "./known-scenes.js";

/** One change of a source file that puts a fault back; `find` has to be there exactly once. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const RETRY = "src/interceptors/retry/retry.ts";
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
      file: RETRY,
      find: 'case "changed":\n        return this.#leaveOpen(failure, what);',
      replace:
        'case "changed":\n        return kind === "delete" ? this.#retry(failure, kind) : this.#leaveOpen(failure, what);',
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
      file: RETRY,
      find: 'case "changed":\n        return this.#leaveOpen(failure, what);',
      replace:
        'case "changed":\n        return kind === "conditional-delete" ? this.#retry(failure, kind) : this.#leaveOpen(failure, what);',
    },
  ],
  "believes in one clock": [
    {
      file: RETRY,
      find: "serverClock.order(serverMs, this.#call.deadline.startedAt)",
      replace:
        '(serverMs >= Date.now() - (clock.now() - this.#call.deadline.startedAt.ms) ? "inside" : "outside") as Order',
    },
    {
      file: RETRY,
      find: "    const { serverClock, readClock } =",
      replace: "    const { clock } = this.#call.deadline;\n    const { serverClock, readClock } =",
    },
  ],
  "takes a restarted forwarder for a restarted daemon": [
    {
      file: RETRY,
      find: 'what === "lost" ? await channel.serverChangeSince(failure.connection, call) : "unknown"',
      replace: '(what === "lost" ? "restarted" : "unknown") as string',
    },
  ],
  "takes any record for its own where it knows no clock": [
    { file: RETRY, find: 'if (order === "inside") return', replace: "if (order) return" },
  ],
  "believes a gateway": [
    {
      file: RETRY,
      find: 'return hasRestarted || what === "unavailable"',
      replace:
        'if (what === "failed") return this.#stop(failure, "not-applied");\n        return hasRestarted || what === "unavailable"',
    },
  ],
};
