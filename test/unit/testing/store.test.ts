import assert from "node:assert/strict";
import { it } from "node:test";
import { profiles } from "../../../src/testing/profile.js";
import { instantOf } from "../../../src/testing/store/instant.js";
import { Store } from "../../../src/testing/store/store.js";
import { descriptor } from "../../contract/records.js";

const at = instantOf(0n);
const context = { at, lease: undefined };
const target = { ...descriptor("a"), size: 1n, annotations: new Map<string, string>() };
const draft = (name: string) => ({ name, labels: new Map<string, string>(), target });

it("records are sorted once after a name was added, and then not again, whatever is changed or deleted", (t) => {
  const store = new Store(profiles["2.1"]);
  for (const name of ["c", "\u{10000}", "a", "\uffff"]) store.create("default", draft(name), context);
  const { mock } = t.mock.method(String.prototype, "isWellFormed"); // each comparison asks for it
  /** The names, and whether they were compared. */
  const listed = () => {
    mock.resetCalls();
    return [store.list("default").map(({ name }) => name), mock.callCount() > 0];
  };
  assert.deepEqual(listed(), [["a", "c", "\uffff", "\u{10000}"], true]);
  assert.deepEqual(listed(), [["a", "c", "\uffff", "\u{10000}"], false]);
  store.update("default", draft("c"), [], context);
  store.delete("default", "a", "", undefined);
  assert.deepEqual(listed(), [["c", "\uffff", "\u{10000}"], false]);
  store.create("default", draft("b"), context);
  assert.deepEqual(listed(), [["b", "c", "\uffff", "\u{10000}"], true]);
});
