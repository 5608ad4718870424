import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientCalls } from "../../../src/core/client-calls.js";
import { ImagesError } from "../../../src/errors.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import { latePart } from "../../../src/rpc/late-part.js";
import { DEFAULT_RETRY_POLICY } from "../../../src/rpc/retry-policy.js";
import { lazyChannel } from "../../../src/transport/lazy-channel.js";
import { systemClock } from "../../../src/util/clock.js";

const full = new Error("EMFILE: too many open files, open 'diagnose.js'");

/** A part that cannot be loaded the first time. */
function partAfterFailure(): () => Promise<object> {
  const results: (() => Promise<object>)[] = [() => Promise.reject(full), async () => ({}), () => assert.fail()];
  return latePart(async () => results.shift()?.() ?? assert.fail());
}

describe("a part of the package that is loaded late", () => {
  it("fails as a request that was never sent, and is loaded by the next use, once", async () => {
    const part = partAfterFailure();
    await assert.rejects(part(), (failure) => {
      assert.ok(failure instanceof RpcFailure);
      // Of this kind, no call tries again by itself.
      assert.deepEqual([failure.kind, failure.evidence, failure.cause], ["misconfigured", "never-sent", full]);
      return true;
    });
    assert.equal(await part(), await part());
  });

  it("makes an error of the method that needs it", async () => {
    const channel = lazyChannel(() => assert.fail());
    const connection = { address: undefined, channel, clock: systemClock, eventStreams: () => assert.fail() };
    const settings = { namespace: "n", lease: undefined, timeoutMs: undefined, retry: DEFAULT_RETRY_POLICY };
    const calls = new ClientCalls(connection, { ...settings, names: undefined });
    await assert.rejects(calls.loaded("diagnose", partAfterFailure()), (error) => {
      assert.ok(error instanceof ImagesError);
      const { message, code, outcome, hint, cause } = error;
      assert.equal(message, `diagnose in namespace "n": a part of containerd-images cannot be loaded: ${full.message}`);
      assert.deepEqual([code, outcome, cause], ["unavailable", "not-applied", full]);
      assert.match(hint ?? "", /raise ulimit -n/);
      return true;
    });
  });
});
