import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Asked } from "./asked.js";
import type { Kind, Step, Who } from "./history.js";
import { judge, type Trial } from "./judge.js";
import { CRI_LABEL, type RecordState, type State } from "./record-state.js";

const MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json";
const A = `sha256:${"a".repeat(64)}`;
const B = `sha256:${"b".repeat(64)}`;
const CALL = 1_700_000_000_000; // when the call began
const LONG_AGO = CALL - 1_000_000;
const YEAR_2020 = Date.UTC(2020, 0, 1);
const EPOCH = Date.UTC(2021, 5, 1);

const asked: Asked = { target: { mediaType: MEDIA_TYPE, digest: A, size: 1 }, labels: { env: "prod" }, isWhole: true };
const askedDated: Asked = { ...asked, epochMs: EPOCH };

const ours = record(A, CALL + 10);
const labelled = { ...ours, labels: { env: "prod", [CRI_LABEL]: "managed" }, updatedAt: nanoseconds(CALL + 15) };
const old = record(A, LONG_AGO);
const chosen2020 = record(A, YEAR_2020);
const moved = record(B, LONG_AGO);

const success = (image: RecordState) => ({ is: "success", image }) as const;
const error = (code: "already_exists" | "not_found" | "unknown" | "unavailable", outcome: "not-applied" | "unknown") =>
  ({ is: "error", code, outcome }) as const;

describe("a lie that the library once told is found", () => {
  it("CRI's label makes its own record another's", () => {
    const steps = [step("library", "create", undefined, ours), step("daemon", "update", ours, labelled)];
    const found = lies({ kind: "create", steps, report: error("already_exists", "unknown") });
    assert.match(found, /already_exists, but no other record had the name/);
    const upsert = lies({ kind: "upsert", steps, report: { ...success(labelled), created: false } });
    assert.match(upsert, /created: false, but the record there is the call's own/);
  });

  it("a retried delete takes a record whose date another has chosen", () => {
    const steps = [
      step("library", "delete", old, undefined),
      step("other", "create", undefined, chosen2020),
      step("library", "delete", chosen2020, undefined),
    ];
    assert.match(lies({ kind: "delete", start: old, steps, report: { is: "success" } }), /deleted a second record/);
  });

  it("a retried update undoes what another has dated back", () => {
    const theirs = { ...moved, updatedAt: nanoseconds(YEAR_2020) };
    const steps = [
      step("library", "update", moved, ours),
      step("other", "update", ours, theirs),
      step("library", "update", theirs, ours),
    ];
    assert.match(lies({ kind: "update", start: moved, steps, report: success(ours) }), /acted twice/);
  });

  it("a record has the date asked for, and was written before the call", () => {
    const written = { ...ours, createdAt: nanoseconds(EPOCH), updatedAt: nanoseconds(LONG_AGO) };
    for (const kind of ["create", "upsert"] as const) {
      const found = lies({ kind, asked: askedDated, start: written, steps: [], report: success(written) });
      assert.match(found, /the state asked for was never reached/, kind);
    }
  });

  it("a record has another date than the one asked for", () => {
    for (const kind of ["create", "upsert", "update"] as const) {
      const found = lies({ kind, asked: askedDated, start: old, steps: [], report: success(old) });
      assert.match(found, /the state asked for was never reached/, kind);
    }
  });

  it("a conditional delete takes a record made again with the same digest", () => {
    const again = record(A, CALL + 20);
    const steps = [
      step("library", "delete", old, undefined),
      step("other", "create", undefined, again),
      step("library", "delete", again, undefined),
    ];
    const trial = { kind: "delete", onlyIf: { digest: A }, start: old, steps } as const;
    assert.match(lies({ ...trial, report: { is: "success" } }), /deleted a second record/);
    assert.match(lies({ ...trial, report: { is: "left-alone", why: "missing" } }), /not applied, but its delete was/);
  });

  it("clocks differ, or are none: a record from before the call is taken for its own", () => {
    const found = lies({ kind: "create", start: old, steps: [], report: success(old) });
    assert.match(found, /the state asked for was never reached/);
  });

  it("clocks differ: its own record is taken for one from before the call", () => {
    const steps = [step("library", "create", undefined, ours)];
    const found = lies({ kind: "create", steps, report: error("already_exists", "unknown") });
    assert.match(found, /already_exists, but no other record had the name/);
  });

  it("a gateway hands the request on after it has said no", () => {
    const steps = [step("library", "create", undefined, ours)];
    const found = lies({ kind: "create", steps, stepsInCall: 0, report: error("unknown", "not-applied") });
    assert.match(found, /not applied, but its create was/);
  });

  it("a success is told before there is one", () => {
    const steps = [step("library", "update", moved, ours)];
    const found = lies({ kind: "update", start: moved, steps, stepsInCall: 0, report: { is: "success" } });
    assert.match(found, /the state asked for was never reached/);
  });

  it("a conditional delete takes what is not as it says", () => {
    const trial = { kind: "delete", onlyIf: { digest: A }, report: { is: "success" } } as const;
    assert.match(
      lies({ ...trial, start: moved, steps: [step("library", "delete", moved, undefined)] }),
      /not as the cond/,
    );
    const between = [step("other", "update", old, moved), step("library", "delete", moved, undefined)];
    assert.match(lies({ ...trial, start: old, steps: between }), /not as the condition/);
    assert.equal(lies({ ...trial, start: old, steps: between, isAtomic: false }), ""); // its name says so
  });

  it("a record is given that never was", () => {
    const steps = [step("library", "create", undefined, ours)];
    assert.match(lies({ kind: "create", steps, report: success({ ...ours, digest: B }) }), /never was/);
  });

  it("a code claims of the record what is not so", () => {
    assert.match(lies({ kind: "update", start: old, report: error("not_found", "not-applied") }), /there all the time/);
    const report = { is: "left-alone", why: "changed" } as const;
    assert.match(
      lies({ kind: "delete", onlyIf: { digest: A }, start: old, report }),
      /as the condition says all the time/,
    );
  });
});

describe("what is true is not called a lie", () => {
  it("an unknown outcome is true, whatever became of the call", () => {
    const steps = [step("library", "create", undefined, ours)];
    assert.equal(lies({ kind: "create", steps, report: error("unavailable", "unknown") }), "");
    assert.equal(lies({ kind: "create", steps: [], report: error("unavailable", "unknown") }), "");
  });

  it("a success that was reached, also under CRI's label", () => {
    const steps = [step("library", "create", undefined, ours), step("daemon", "update", ours, labelled)];
    assert.equal(lies({ kind: "create", steps, report: success(ours) }), "");
    assert.equal(lies({ kind: "upsert", steps, report: { ...success(labelled), created: true } }), "");
  });

  it("two clients that create the same record can both succeed", () => {
    const steps = [step("other", "create", undefined, ours), step("library", "create", ours, ours, 6)];
    assert.equal(lies({ kind: "create", steps, report: success(ours) }), "");
  });

  it("the date asked for makes records alike, whoever wrote them", () => {
    const dated = record(A, EPOCH);
    assert.equal(lies({ kind: "create", asked: askedDated, start: dated, report: success(dated) }), "");
  });

  it("a record that another has deleted is gone all the same", () => {
    const steps = [step("other", "delete", old, undefined), step("library", "delete", undefined, undefined, 5)];
    assert.equal(lies({ kind: "delete", start: old, steps, report: { is: "success" } }), "");
    assert.equal(lies({ kind: "delete", start: old, steps, report: { is: "left-alone", why: "missing" } }), "");
  });

  it("a record that a filter has found, and that points elsewhere since, has changed", () => {
    const trial = { kind: "delete", onlyIf: { labels: { env: "prod" } }, start: old } as const;
    const report = { is: "left-alone", why: "changed" } as const;
    assert.equal(lies({ ...trial, steps: [step("other", "update", old, moved)], report }), "");
    assert.match(lies({ ...trial, report }), /as the condition says all the time/);
  });

  it("a change sent twice, when the second changes nothing", () => {
    const again = { ...ours, updatedAt: nanoseconds(CALL + 20) };
    const steps = [step("library", "update", moved, ours), step("library", "update", ours, again)];
    assert.equal(lies({ kind: "update", start: moved, steps, report: success(again) }), "");
  });
});

function lies(trial: Partial<Trial> & Pick<Trial, "kind" | "report">): string {
  const steps = trial.steps ?? [];
  const within = [[CALL, CALL + 1_000]] as const;
  return judge({ asked, start: undefined, steps, stepsInCall: steps.length, within, isAtomic: true, ...trial }).join(
    "\n",
  );
}

function step(who: Who, kind: Kind, before: State, after: State, code = 0): Step {
  return { who, kind, code, before, after };
}

function record(digest: string, atMs: number): RecordState {
  const at = nanoseconds(atMs);
  return { digest, mediaType: MEDIA_TYPE, size: "1", labels: { env: "prod" }, createdAt: at, updatedAt: at };
}

function nanoseconds(ms: number): string {
  return `${ms}000000`;
}
