import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImagesClient } from "../../src/client.js";
import { isImagesError } from "../../src/errors.js";
import type { ImagesClientOptions } from "../../src/options.js";
import { type Behaviour, digest, imageCreatedAt, Peer } from "./peer.js";
import { DEADLINE_MS } from "./run.js";
import { type Ending, groupsOf, hangs, outdatedNode, type Scenario } from "./scenario.js";
import { scenarios } from "./scenarios/index.js";

/** Code and outcome of get, create and delete. */
type Results = readonly [get: string, create: string, remove: string];

const OK: Results = ["ok", "ok", "ok"];

/** The error of a server that has certainly changed nothing. */
function refusal(code: string): Results {
  return [`${code} not-applied`, `${code} not-applied`, `${code} not-applied`];
}

/** The error of a server that may have applied the request, if reading back shows nothing more. */
function doubt(code: string): Results {
  return [`${code} not-applied`, `${code} unknown`, `${code} unknown`];
}

/**
 * The second read succeeds. The record exists, but this peer has no clock that can be read. So it is not known who
 * created the record, and whether it is the one that was to be deleted.
 */
function readAgain(code: string): Results {
  return ["ok", `${code} unknown`, `${code} unknown`];
}

/**
 * The result for callers, by the result for the channel: if the fault happens once and the server then works, and if it
 * happens with every response.
 */
const table: Readonly<Partial<Record<Ending, readonly [once: Results, always: Results]>>> = {
  ok: [OK, OK],
  "unavailable unreachable never-sent": [refusal("unavailable"), refusal("unavailable")],
  "unavailable misconfigured never-sent": [refusal("unavailable"), refusal("unavailable")],
  "deadline_exceeded ended never-sent": [refusal("deadline_exceeded"), refusal("deadline_exceeded")],
  "unavailable broken refused": [OK, refusal("unavailable")],
  "resource_exhausted broken refused": [OK, refusal("resource_exhausted")],
  "deadline_exceeded ended no-answer": [doubt("deadline_exceeded"), doubt("deadline_exceeded")],
  "unavailable broken no-answer": [readAgain("unavailable"), doubt("unavailable")],
  "internal broken no-answer": [readAgain("internal"), doubt("internal")],
  "resource_exhausted broken no-answer": [readAgain("resource_exhausted"), doubt("resource_exhausted")],
  "permission_denied broken no-answer": [readAgain("permission_denied"), doubt("permission_denied")],
  "internal malformed answered": [readAgain("internal"), doubt("internal")],
  "resource_exhausted malformed answered": [readAgain("resource_exhausted"), doubt("resource_exhausted")],
  "internal misconfigured answered": [refusal("internal"), refusal("internal")],
  "unauthenticated misconfigured answered": [refusal("unauthenticated"), refusal("unauthenticated")],
  "permission_denied misconfigured answered": [refusal("permission_denied"), refusal("permission_denied")],
  "unimplemented misconfigured answered": [refusal("unimplemented"), refusal("unimplemented")],
  "unknown misconfigured answered": [refusal("unknown"), refusal("unknown")],
  "unavailable status answered": [readAgain("unavailable"), doubt("unavailable")],
  "unknown status answered": [doubt("unknown"), doubt("unknown")],
  "internal status answered": [doubt("internal"), doubt("internal")],
  "aborted status answered": [doubt("aborted"), doubt("aborted")],
  "data_loss status answered": [doubt("data_loss"), doubt("data_loss")],
  "resource_exhausted status answered": [doubt("resource_exhausted"), doubt("resource_exhausted")],
  // Only the caller cancels.
  "canceled status answered": [doubt("unavailable"), doubt("unavailable")],
  "deadline_exceeded status answered": [doubt("deadline_exceeded"), doubt("deadline_exceeded")],
  "invalid_argument status answered": [refusal("invalid_argument"), refusal("invalid_argument")],
  "not_found status answered": [refusal("not_found"), refusal("not_found")],
  "already_exists status answered": [refusal("already_exists"), refusal("already_exists")],
  "permission_denied status answered": [refusal("permission_denied"), refusal("permission_denied")],
  "failed_precondition status answered": [refusal("failed_precondition"), refusal("failed_precondition")],
  "out_of_range status answered": [refusal("out_of_range"), refusal("out_of_range")],
  "unimplemented status answered": [refusal("unimplemented"), refusal("unimplemented")],
  "unauthenticated status answered": [refusal("unauthenticated"), refusal("unauthenticated")],
};

/** Faults with another result for callers than in the table. */
const exceptions: Readonly<Record<string, Partial<Record<"once" | "always", Results>>>> = {
  // The client connects again by itself. If every connection ends like this, it cannot be reached.
  "closes the first connection only": { always: refusal("unavailable") },
  // Does not recover in `once` either.
  "sends SETTINGS and closes": { once: doubt("unavailable") },
  "sends SETTINGS and GOAWAY": { once: refusal("unavailable") },
  "sends SETTINGS and a frame that is too large": { once: refusal("unavailable") },
  // An unreadable push-back means: do not retry (gRFC A6).
  "push-back that is no number": { once: doubt("unavailable") },
  // A response without fields is a valid one for delete.
  "record: an empty message": {
    once: ["ok", "internal unknown", "ok"],
    always: ["internal not-applied", "internal unknown", "ok"],
  },
};

for (const { concurrency, scenarios: some } of groupsOf(scenarios))
  describe("faults through the client", { concurrency, skip: outdatedNode }, () => {
    for (const scenario of some) {
      it(scenario.name, async () => {
        const [once, always] = expected(scenario);
        // Each has a peer and a client of its own, and most only wait, so they run at the same time.
        const given = await Promise.all([
          results(scenario, scenario.peer, waitForDaemonMs(once)),
          results(scenario, scenario.always, waitForDaemonMs(always)),
        ]);
        assert.deepEqual(given[0], once, "once");
        assert.deepEqual(given[1], always, "always");
      });
    }
  });

function expected({ name, first }: Scenario): readonly [once: Results, always: Results] {
  const [once, always] = table[first] ?? assert.fail(`no row for ${first}`);
  const special = exceptions[name];
  return [special?.once ?? once, special?.always ?? always];
}

// A busy machine may connect again late. A client that will not be able to connect need not wait long.
function waitForDaemonMs(results: Results): number {
  return results.includes("ok") ? 5_000 : 400;
}

async function results(scenario: Scenario, behaviour: Behaviour, waitForDaemonMs: number): Promise<Results> {
  const timeoutMs = hangs(scenario) ? DEADLINE_MS.expired : DEADLINE_MS.other;
  const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest, size: 7 };
  // If the record was older than the create, it would not count as its result.
  const withRecord = { image: imageCreatedAt("2100-01-01") };
  const options = { timeoutMs, waitForDaemonMs };
  return Promise.all([
    result(await Peer.start(behaviour), options, (images) => images.get("app:1")),
    result(await Peer.start(behaviour, withRecord), options, (images) => images.create({ name: "app:1", target })),
    result(await Peer.start(behaviour), options, (images) => images.delete("app:1")),
  ]);
}

async function result(
  peer: Peer,
  options: Pick<ImagesClientOptions, "timeoutMs" | "waitForDaemonMs">,
  use: (images: ImagesClient) => Promise<unknown>,
): Promise<string> {
  const retry = { maxAttempts: 3, baseDelayMs: 1 };
  const images = new ImagesClient({ address: peer.path, namespace: "default", retry, ...options });
  try {
    await use(images);
    return "ok";
  } catch (error) {
    if (!isImagesError(error)) throw error;
    return `${error.code} ${error.outcome}`;
  } finally {
    await images.close();
    peer.stop();
  }
}
