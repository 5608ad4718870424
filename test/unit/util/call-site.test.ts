import assert from "node:assert/strict";
import { it } from "node:test";
import { CallSite } from "../../../src/util/call-site.js";

/** The first frame of the stack trace of an error that is made while the program has traces of this form. */
function firstFrame(prepare: NonNullable<typeof Error.prepareStackTrace>): string | undefined {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = prepare;
  try {
    return new CallSite().mark(new Error("of the call")).stack?.split("\n")[1];
  } finally {
    Reflect.set(Error, "prepareStackTrace", prepareStackTrace);
  }
}

it("a call site is found by paths as Windows writes them", () => {
  const onWindows = (error: Error, sites: readonly NodeJS.CallSite[]) =>
    [error, ...sites.map((site) => String(site).replaceAll("/", "\\"))].join("\n    at ");
  assert.match(firstFrame(onWindows) ?? "", /\\test\\unit\\util\\call-site\.test\.ts:/);
});

it("a call site is found where the folder of the package is below one with its version", () => {
  const inFolder = (folder: string) => () =>
    `Error\n    at new CallSite (${folder}/dist/a.js:1:1)\n    at get (${folder}/dist/b.js:1:1)\n    at file:///app/main.ts:3:1`;
  for (const folder of ["file:///cache/containerd-images/0.1.0", "/app/node_modules/containerd-images"])
    assert.equal(firstFrame(inFolder(folder)), "    at file:///app/main.ts:3:1");
  const bundle = "/home/me/containerd-images/app";
  assert.equal(firstFrame(inFolder(bundle)), `    at new CallSite (${bundle}/dist/a.js:1:1)`);
});

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
