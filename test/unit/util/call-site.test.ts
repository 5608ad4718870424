import assert from "node:assert/strict";
import { it } from "node:test";
import { CallSite } from "../../../src/util/call-site.js";

it("a call site hides no error when the program's own Error.prepareStackTrace throws", (context) => {
  const { prepareStackTrace } = Error;
  context.after(() => Reflect.set(Error, "prepareStackTrace", prepareStackTrace));
  const error = new Error("of the call");
  const mark = () => new CallSite().mark(error);
  Error.prepareStackTrace = () => {
    throw new Error("of the program");
  };
  assert.ok(mark() === error);
});
