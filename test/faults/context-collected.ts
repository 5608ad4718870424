import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { ImagesClient } from "../../src/client.js";
import { Peer } from "./peer.js";

// Run as a process of its own with --expose-gc: the connection stays, what the program kept for the first call goes.
const { gc } = globalThis;
assert.ok(gc !== undefined, "run with --expose-gc");
const requests = new AsyncLocalStorage<object>();

using peer = await Peer.start({});
const images = new ImagesClient({ address: peer.path, namespace: "default" });
const requestOfUser = await (async () => {
  const request = { body: "x".repeat(1_000) };
  await requests.run(request, () => images.get("app:1"));
  return new WeakRef(request);
})();

// Node keeps a stream until some garbage collections after its end. Whoever looks at a WeakRef keeps its target for a turn.
for (let i = 0; i < 20; i += 1) {
  await new Promise((resolve) => setTimeout(resolve, 10));
  gc();
}
assert.ok(requestOfUser.deref() === undefined, "the request is still held");
assert.equal(peer.connections, 1);
assert.equal(peer.open.size, 1);
await images.get("app:1");
assert.equal(peer.connections, 1);
await images.close();
