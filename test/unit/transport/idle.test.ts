import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { IDLE_TIMEOUT_MS } from "../../../src/defaults.js";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { Peer, type PeerStream } from "../../faults/peer.js";
import { ManualClock } from "../../support/manual-clock.js";
import { get, newCall, until } from "./calls.js";

const HOURS = { timeoutMs: 3_600_000 };

describe("a connection without calls", () => {
  it("is closed after five minutes, and the next call makes a new one", async () => {
    await using stand = await Stand.start();
    for (let count = 0; count < 3; count += 1) {
      await stand.get(); // the five minutes start again
      await stand.clock.advance(IDLE_TIMEOUT_MS - 1);
      assert.equal(stand.clock.pending, 0); // no timer keeps the process alive
    }
    assert.equal(stand.peer.connections, 1);
    await stand.clock.advance(1);
    await until(() => stand.peer.open.size === 0);
    assert.equal(stand.clock.pending, 0);
    await stand.get();
    assert.equal(stand.peer.connections, 2);
  });

  it("is not taken for a daemon that was down", async () => {
    await using stand = await Stand.start();
    for (let round = 0; round < 3; round += 1) {
      await stand.get();
      await stand.clock.advance(IDLE_TIMEOUT_MS);
      await until(() => stand.peer.open.size === 0);
    }
    assert.equal(stand.channel.outageCount(), 0);
  });

  it("takes a call of the very moment, or leaves it to the next connection", async () => {
    await using stand = await Stand.start();
    const { clock } = stand;
    for (let round = 0; round < 100; round += 1) {
      await stand.get();
      const calls: Promise<unknown>[] = [];
      const call = () => calls.push(stand.get());
      // One timer before that of the connection, and one after it.
      clock.after(IDLE_TIMEOUT_MS - 1, () => clock.after(1, call));
      clock.after(IDLE_TIMEOUT_MS, call);
      const time = clock.advance(IDLE_TIMEOUT_MS);
      if (round % 2 === 0) call();
      await time;
      call();
      await Promise.all(calls);
      assert.equal(calls.length, round % 2 === 0 ? 4 : 3);
    }
    assert.ok(stand.peer.connections > 1);
    assert.equal(stand.channel.outageCount(), 0);
  });

  it("is one whose last call has ended: a call and a held session may take hours", async () => {
    const streams: PeerStream[] = [];
    await using stand = await Stand.start((stream) => streams.push(stream));
    const call = newCall(HOURS, stand.clock);
    const slow = get(stand.channel, call);
    await until(() => streams.length === 1);
    await stand.clock.advance(10 * IDLE_TIMEOUT_MS);
    streams[0]?.ok();
    await slow;
    let release = () => {};
    const holding = new Promise<void>((resolve) => {
      release = resolve;
    });
    const held = stand.channel.pinned(newCall(HOURS, stand.clock), () => holding);
    await stand.clock.advance(10 * IDLE_TIMEOUT_MS);
    assert.equal(stand.peer.open.size, 1);
    release();
    await held;
    await stand.clock.advance(IDLE_TIMEOUT_MS);
    await until(() => stand.peer.open.size === 0);
  });

  it("is closed for clients that nobody closes", async () => {
    const clock = new ManualClock();
    using peer = await Peer.start({});
    for (let i = 0; i < 300; i += 1) {
      await get(new Http2Channel({ kind: "unix", path: peer.path }, { clock }), newCall({}, clock));
    }
    assert.equal(peer.open.size, 300);
    await clock.advance(IDLE_TIMEOUT_MS);
    await until(() => peer.open.size === 0);
    assert.equal(clock.pending, 0);
  });
});

/** A peer, and a channel whose clock the test controls. */
class Stand implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly peer: Peer;
  readonly channel: Http2Channel;

  private constructor(peer: Peer) {
    this.peer = peer;
    this.channel = new Http2Channel({ kind: "unix", path: peer.path }, { clock: this.clock });
  }

  static async start(answer = (stream: PeerStream): unknown => stream.ok()): Promise<Stand> {
    return new Stand(await Peer.start({ answer }));
  }

  get(): Promise<unknown> {
    return get(this.channel, newCall(HOURS, this.clock));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.channel.destroy();
    this.peer.stop();
  }
}
