import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { Peer } from "../../faults/peer.js";
import { ManualClock } from "../../support/manual-clock.js";
import { failureOf, get, newCall, outcome } from "./calls.js";
import { pass } from "./pass.js";

// Run as a process of its own, because root can open every socket.
const NOBODY = 65_534;
const DENIED = "permission_denied misconfigured never-sent";
process.setgid?.(NOBODY);
process.setuid?.(NOBODY);

/** A daemon that was reached, and was then started again by another user. */
async function restarted(waitForDaemonMs?: number) {
  const clock = new ManualClock();
  const peer = await Peer.start({});
  const channel = new Http2Channel({ kind: "unix", path: peer.path }, { clock, waitForDaemonMs });
  await get(channel, newCall({}, clock));
  peer.deafen();
  for (const connection of peer.open) connection.close();
  await pass(clock, 30);
  await peer.listen();
  chmodSync(peer.path, 0);
  return { clock, peer, channel, [Symbol.dispose]: () => stop(channel, peer) };
}

function stop(channel: Http2Channel, peer: Peer): void {
  channel.destroy();
  peer.stop();
}

async function isReachedOnceItIsOpen(): Promise<void> {
  using stand = await restarted();
  const { clock, channel, peer } = stand;
  const calls = Array.from({ length: 64 }, () => get(channel, newCall({}, clock)));
  await pass(clock, 900);
  assert.equal(peer.connections, 1);
  chmodSync(peer.path, 0o600);
  await pass(clock, 100);
  await Promise.all(calls);
  assert.equal(peer.connections, 2);
  assert.equal(channel.outageCount(), 1); // its file is another one; being denied proves nothing
}

async function isWaitedForShortly(): Promise<void> {
  using stand = await restarted();
  const { clock, channel } = stand;
  const start = clock.now();
  const failing = failureOf(get(channel, newCall({}, clock))).then((failure) => ({ failure, at: clock.now() }));
  await pass(clock, 1_200);
  const { failure, at } = await failing;
  assert.equal(`${failure.code} ${failure.kind} ${failure.evidence}`, DENIED);
  assert.match(failure.hint ?? "", /run as root/);
  assert.ok(at - start >= 1_000 && at - start <= 1_100, `${at - start} ms`);
  // It is not new any more.
  const before = clock.now();
  const next = outcome(get(channel, newCall({}, clock))).then((result) => ({ result, at: clock.now() }));
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
    const { clock, channel } = stand;
    const result = outcome(get(channel, newCall({ timeoutMs }, clock)));
    await pass(clock, 410);
    assert.equal(await Promise.race([result, "waiting"]), expected);
  }
}

async function isNotWaitedForAtFirstContact(): Promise<void> {
  const clock = new ManualClock();
  using peer = await Peer.start({});
  chmodSync(peer.path, 0);
  const channel = new Http2Channel({ kind: "unix", path: peer.path }, { clock });
  const result = outcome(get(channel, newCall({}, clock)));
  await pass(clock, 10);
  assert.equal(await Promise.race([result, "waiting"]), DENIED);
}

async function isReachedOnceItIsOpenWhereNothingListenedBefore(): Promise<void> {
  const clock = new ManualClock();
  using peer = await Peer.start({});
  peer.deafen();
  const channel = new Http2Channel({ kind: "unix", path: peer.path }, { clock, waitForDaemonMs: 5_000 });
  const answer = get(channel, newCall({}, clock));
  await pass(clock, 2_000);
  await peer.listen();
  chmodSync(peer.path, 0);
  await pass(clock, 500);
  assert.equal(peer.connections, 0);
  chmodSync(peer.path, 0o600);
  await pass(clock, 100);
  await answer;
}

await isReachedOnceItIsOpen();
await isWaitedForShortly();
await isWaitedForInsideEveryLimit();
await isNotWaitedForAtFirstContact();
await isReachedOnceItIsOpenWhereNothingListenedBefore();
