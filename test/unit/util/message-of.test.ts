import assert from "node:assert/strict";
import { it } from "node:test";
import { runInNewContext } from "node:vm";
import { messageOf } from "../../../src/util/message-of.js";

it("messageOf gives the message of an error of any realm, and every other value as text", () => {
  const ofOtherRealm: unknown = runInNewContext('new TypeError("mine")');
  assert.deepEqual([new Error("mine"), ofOtherRealm, "mine", 1].map(messageOf), ["mine", "mine", "mine", "1"]);
});
