import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Image, ImageEvent } from "../../../src/index.js";
import { judgeObservation, type Observation } from "./judge-observer.js";
import { type State, stateOfImage } from "./record-state.js";

const first = image("dev", 1);
const second = image("prod", 2);
const [A, B] = [stateOfImage(first), stateOfImage(second)];

const created: ImageEvent = { type: "created", image: first };
const updated: ImageEvent = { type: "updated", image: second, previous: first };
const deleted: ImageEvent = { type: "deleted", image: second };

describe("what an observer says of a record", () => {
  it("is true if it follows the record, also if it skips states", () => {
    assert.deepEqual(lies({ events: [created, updated, deleted] }), []);
    assert.deepEqual(lies({ events: [{ type: "created", image: second }, deleted] }), []);
    assert.deepEqual(lies({ events: [] }), []);
  });

  it("is false if the watch tells the same twice, or what does not follow", () => {
    assert.match(lies({ events: [created, { ...updated, image: first }, deleted] })[0] ?? "", /does not follow/);
    assert.match(lies({ events: [created, created, deleted] })[0] ?? "", /does not follow/);
    assert.match(lies({ events: [deleted] })[0] ?? "", /does not follow/);
  });

  it("is false if the watch tells an older state after a newer one, or what never was", () => {
    const back: ImageEvent = { type: "updated", image: first, previous: second };
    const events = [{ type: "created", image: second } as const, back, { type: "deleted", image: first } as const];
    assert.match(lies({ events })[0] ?? "", /not any more/);
    assert.match(lies({ events: [{ type: "created", image: image("other", 1) }] })[0] ?? "", /never so/);
  });

  it("is false if the watch or the cache does not end with what is there", () => {
    assert.match(lies({ events: [created, updated] })[0] ?? "", /the watch still says {/);
    assert.match(lies({ cached: B })[0] ?? "", /the cache {/);
  });

  it("is false if the wait ends with what was not there while it waited, or does not end", () => {
    const isWanted = (state: State) => state === undefined;
    assert.deepEqual(lies({ isWanted, waited: { state: undefined } }), []);
    assert.match(lies({ isWanted })[0] ?? "", /the wait has no end/);
    const states = [undefined, A];
    const there = { isWanted, states, cached: A, events: [created] };
    assert.deepEqual(lies(there), []);
    assert.match(lies({ ...there, waited: { state: undefined } })[0] ?? "", /the wait ended with what never was/);
  });
});

function lies(observation: Partial<Observation>): string[] {
  return judgeObservation({
    states: [undefined, A, B, undefined],
    statesBeforeWait: 1,
    events: [],
    cached: undefined,
    waited: undefined,
    isWanted: () => false,
    ...observation,
  });
}

function image(env: string, ms: number): Image {
  const target = { mediaType: "text/plain", digest: `sha256:${"a".repeat(64)}`, size: 1, annotations: {} };
  return { name: "app:1", labels: { env }, target, createdAt: new Date(1), updatedAt: new Date(ms) };
}
