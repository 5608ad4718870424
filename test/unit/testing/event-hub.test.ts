import assert from "node:assert/strict";
import { it } from "node:test";
import { InMemoryImages } from "../../../src/testing/index.js";
import { EventHub } from "../../../src/testing/services/event-hub.js";
import { frame, RawConnection } from "../../support/raw-cases/call.js";

it("a subscription that has ended hears nothing more", async () => {
  const hub = new EventHub(() => 0n);
  const ended = new AbortController();
  let asked = 0;
  const accepts = () => {
    asked++;
    return true;
  };
  const events = hub.subscribe(accepts, ended.signal);
  const first = events.next();
  hub.deleted("default", "a");
  assert.equal((await first).value?.topic, "/images/delete");
  const second = events.next();
  ended.abort();
  assert.equal((await second).done, true);
  hub.deleted("default", "b");
  assert.equal(asked, 1);
});

it("a subscription hears nothing more when it ends while its reader has an event, and asks for no other", async () => {
  const hub = new EventHub(() => 0n);
  const ended = new AbortController();
  const heard: string[] = [];
  const events = hub.subscribe(({ namespace }) => heard.push(namespace) > 0, ended.signal);
  const first = events.next();
  hub.deleted("a", "app:1");
  await first;
  ended.abort();
  hub.deleted("b", "app:1");
  assert.deepEqual(heard, ["a"]);
});

it("events that wait for their reader come in their order", async () => {
  const hub = new EventHub(() => 0n);
  const events = hub.subscribe(() => true, new AbortController().signal);
  const first = events.next();
  for (const name of ["a", "b", "c"]) hub.deleted(name, name);
  const namespaces = [await first, await events.next(), await events.next()].map(({ value }) => value?.namespace);
  assert.deepEqual(namespaces, ["a", "b", "c"]);
});

it("a subscription ends with its signal, also while no event comes", async () => {
  const ended = new AbortController();
  const events = new EventHub(() => 0n).subscribe(() => true, ended.signal);
  const first = events.next();
  await new Promise(setImmediate); // it waits for an event now
  ended.abort();
  assert.equal((await first).done, true);
});

it("a caller that closes its stream ends its subscription", async (t) => {
  const started = t.mock.method(EventHub.prototype, "subscribe");
  const service = new InMemoryImages();
  await using server = await service.listen("127.0.0.1:0");
  using connection = new RawConnection(server.address);
  const stream = connection.open("/containerd.services.events.v1.Events/Subscribe");
  stream.end(frame(new Uint8Array()));
  while (started.mock.callCount() === 0) await new Promise(setImmediate);
  const signal = started.mock.calls[0]?.arguments[1];
  assert.equal(signal?.aborted, false);
  stream.close();
  while (signal?.aborted === false) await new Promise(setImmediate);
});
