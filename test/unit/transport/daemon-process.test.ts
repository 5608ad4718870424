import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DaemonProcess } from "../../../src/codec/responses.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import { askDaemonProcess, compareProcesses } from "../../../src/transport/http2/daemon-process.js";
import { ManualClock } from "../../support/manual-clock.js";

const known: DaemonProcess = { uuid: "a", pid: 10, pidNamespace: 1 };

describe("two daemons that respond one after the other", () => {
  for (const [what, other, expected] of [
    ["have the same process", known, "unknown"],
    ["have another pid", { ...known, pid: 11 }, "restarted"],
    ["have another pid namespace", { ...known, pidNamespace: 2 }, "restarted"],
    ["have other data", { ...known, uuid: "b" }, "other-server"],
    ["tell a pid only at one time", { ...known, pid: 0 }, "unknown"],
    ["say who they are only at one time", { uuid: "", pid: 0, pidNamespace: 0 }, "unknown"],
  ] as const) {
    it(`are ${expected === "unknown" ? "not known to differ" : expected} if they ${what}`, () => {
      assert.deepEqual([compareProcesses(known, other), compareProcesses(other, known)], [expected, expected]);
    });
  }
});

describe("a daemon that is asked which process it is", () => {
  const failing = (thrown: unknown) => askDaemonProcess({ unary: () => Promise.reject(thrown) }, new ManualClock());
  const status = (code: "unimplemented" | "internal") =>
    new RpcFailure("no", { code, kind: "status", evidence: "answered" });

  it("has no name without an Introspection service, so that it is not taken for another one", async () => {
    const nameless = await failing(status("unimplemented"));
    assert.deepEqual([compareProcesses(known, nameless), compareProcesses(nameless, nameless)], ["unknown", "unknown"]);
  });

  for (const thrown of [status("internal"), new Error("unimplemented")])
    it(`may fail, with ${thrown.name}`, () => assert.rejects(failing(thrown), thrown));
});
