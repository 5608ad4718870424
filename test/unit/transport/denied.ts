import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { createHttp2Channel, type Http2Engine } from "../../../src/transport/http2/channel.js";
import { Peer } from "../../faults/peer.js";
import { ManualClock } from "../../support/manual-clock.js";
import { failureOf, get, newCall, outcome } from "./calls.js";
import { pass } from "./pass.js";

// Run as a process of its own, because no socket is closed to root.
const NOBODY = 65_534;
const DENIED = "permission_denied misconfigured never-sent";
process.setgid?.(NOBODY);
process.setuid?.(NOBODY);

/** A daemon that was reached, and has been started again by somebody else. */
async function restarted(waitForDaemonMs?: number) {
  const clock = new ManualClock();
  const peer = await Peer.start({});
  const engine = createHttp2Channel({ kind: "unix", path: peer.path }, { clock, waitForDaemonMs });
  await get(engine, newCall({}, clock));
  peer.deafen();
  for (const connection of peer.open) connection.close();
  await pass(clock, 30);
  await peer.listen();
  chmodSync(peer.path, 0);
  return { clock, peer, engine, [Symbol.dispose]: () => stop(engine, peer) };
}

function stop(engine: Http2Engine, peer: Peer): void {
  engine.destroy();
  peer.stop();
}

async function isReachedOnceItIsOpen(): Promise<void> {
  using stand = await restarted();
  const { clock, engine, peer } = stand;
  const calls = Array.from({ length: 64 }, () => get(engine, newCall({}, clock)));
  await pass(clock, 900);
  assert.equal(peer.connections, 1);
  chmodSync(peer.path, 0o600);
  await pass(clock, 100);
  await Promise.all(calls);
  assert.equal(peer.connections, 2);
  assert.equal(engine.outageCount(), 1); // its file is another one; being denied proves nothing
}

async function isWaitedForShortly(): Promise<void> {
  using stand = await restarted();
  const { clock, engine } = stand;
  const start = clock.now();
  const failing = failureOf(get(engine, newCall({}, clock))).then((failure) => ({ failure, at: clock.now() }));
  await pass(clock, 1_200);
  const { failure, at } = await failing;
  assert.equal(`${failure.code} ${failure.kind} ${failure.evidence}`, DENIED);
  assert.match(failure.hint ?? "", /run as root/);
  assert.ok(at - start >= 1_000 && at - start <= 1_100, `${at - start} ms`);
  // It is not new any more.
  const before = clock.now();
  const next = outcome(get(engine, newCall({}, clock))).then((result) => ({ result, at: clock.now() }));
  await pass(clock, 300);
  assert.deepEqual((await next).result, DENIED);
  assert.ok((await next).at - before <= 100);
}

async function isWaitedForInsideEveryLimit(): Promise<void> {
  for (const [waitForDaemonMs, timeoutMs, expected] of [
    [0, 10_000, DENIED],
    [300, 10_000, DENIED],
    [undefined, 300, "deadline_exceeded ended never-sent"],
  ] as const) {
    using stand = await restarted(waitForDaemonMs);
    const { clock, engine } = stand;
    const result = outcome(get(engine, newCall({ timeoutMs }, clock)));
    await pass(clock, 410);
    assert.equal(await Promise.race([result, "waiting"]), expected);
  }
}

async function isNotWaitedForAtFirstContact(): Promise<void> {
  const clock = new ManualClock();
  using peer = await Peer.start({});
  chmodSync(peer.path, 0);
  const engine = createHttp2Channel({ kind: "unix", path: peer.path }, { clock });
  const result = outcome(get(engine, newCall({}, clock)));
  await pass(clock, 10);
  assert.equal(await Promise.race([result, "waiting"]), DENIED);
}

await isReachedOnceItIsOpen();
await isWaitedForShortly();
await isWaitedForInsideEveryLimit();
await isNotWaitedForAtFirstContact();
