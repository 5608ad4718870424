import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Reachability } from "../../../src/transport/http2/reachability.js";
import { connectFailure } from "../../../src/transport/open/connect-failure.js";

const PORT = { kind: "tcp", host: "localhost", port: 1 } as const;

function failureOf(errno: string) {
  return connectFailure(Object.assign(new Error(errno), { code: errno, syscall: "connect" }), PORT);
}

describe("what attempts to connect show of the daemon", () => {
  it("is an outage each time that nobody listens", () => {
    const reachability = new Reachability(false);
    for (const [errno, outages] of [
      ["ENOENT", 1],
      ["ECONNREFUSED", 2],
      ["EAGAIN", 2],
      ["EACCES", 2],
    ] as const) {
      reachability.failed(failureOf(errno), "file", 0);
      assert.equal(reachability.outageCount, outages, errno);
    }
  });

  it("is an outage when the socket's file is another one than before", () => {
    const reachability = new Reachability(false);
    for (const [file, outages] of [
      ["first", 0],
      ["first", 0],
      ["second", 1],
      [undefined, 2],
    ] as const) {
      reachability.connected(file);
      assert.equal(reachability.outageCount, outages, file);
    }
  });

  it("makes calls wait one second at first contact, and without a limit later", () => {
    const reachability = new Reachability(false);
    assert.deepEqual([reachability.wasReached, reachability.defaultWaitMs], [false, 1_000]);
    reachability.connected(undefined);
    assert.deepEqual([reachability.wasReached, reachability.defaultWaitMs], [true, Number.POSITIVE_INFINITY]);
    assert.equal(new Reachability(true).defaultWaitMs, Number.POSITIVE_INFINITY);
  });

  it("is the last failure, until a connection is made", () => {
    const reachability = new Reachability(true);
    const failure = failureOf("ENOENT");
    reachability.failed(failure, undefined, 0);
    assert.equal(reachability.lastFailure, failure);
    reachability.connected("file");
    assert.equal(reachability.lastFailure, undefined);
  });

  it("says whether waiting can help", () => {
    const canHelp = (errno: string) => new Reachability(false).failed(failureOf(errno), "file", 0);
    assert.deepEqual(["ENOENT", "ELOOP", "EACCES"].map(canHelp), [true, false, false]);
  });

  it("says that waiting helps for a second where a daemon that was reached denies this user its new socket", () => {
    isWaitedForAtNewSockets(new Reachability(true));
  });

  it("says the same where nothing has listened before", () => {
    const reachability = new Reachability(false);
    reachability.failed(failureOf("ENOENT"), undefined, 0);
    isWaitedForAtNewSockets(reachability);
  });

  it("says that waiting helps again after a connection where no file tells a new socket from the old one", () => {
    const reachability = new Reachability(true);
    const isWaitedFor = (nowMs: number) => reachability.failed(failureOf("EACCES"), undefined, nowMs);
    assert.deepEqual([isWaitedFor(0), isWaitedFor(1_000)], [true, false]);
    reachability.connected(undefined);
    assert.deepEqual([isWaitedFor(5_000), isWaitedFor(6_000)], [true, false]);
  });

  function isWaitedForAtNewSockets(reachability: Reachability): void {
    const isWaitedFor = (file: string, nowMs: number) => reachability.failed(failureOf("EACCES"), file, nowMs);
    assert.deepEqual(
      [isWaitedFor("first", 5_000), isWaitedFor("first", 5_999), isWaitedFor("first", 6_000)],
      [true, true, false],
    );
    assert.deepEqual([isWaitedFor("second", 7_000), isWaitedFor("second", 8_000)], [true, false]);
    assert.equal(reachability.failed(failureOf("EPERM"), "third", 9_000), false);
  }
});
