import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { ImagesClient } from "../../src/client.js";
import { digest, Peer } from "./peer.js";

// Run as a process of its own with --expose-gc: the connection stays open, and the objects of the program's first call
// are collected.
const { gc } = globalThis;
assert.ok(gc !== undefined, "run with --expose-gc");
const requests = new AsyncLocalStorage<object>();
const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest, size: 7 };

/** Calls that keep a promise for later calls, or load a module. */
const firstCalls: Readonly<Record<string, (images: ImagesClient) => Promise<unknown>>> = {
  get: (images) => images.get("app:1"),
  create: (images) => images.create({ name: "app:1", target }),
  diagnose: (images) => images.diagnose(),
  watch: async (images) => {
    await using watch = images.watch();
    await watch.next();
  },
};

for (const [name, call] of Object.entries(firstCalls)) {
  using peer = await Peer.start({});
  await using images = new ImagesClient({ address: peer.path, namespace: "default" });
  const requestOfUser = await requestOf(() => call(images));
  // Node keeps a stream until some garbage collections after its end. Reading a WeakRef keeps its target for a turn.
  for (let i = 0; i < 20; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    gc();
  }
  assert.ok(requestOfUser.deref() === undefined, `the request of ${name} is still held`);
  assert.equal(peer.connections, 1);
  assert.equal(peer.open.size, 1);
  await images.get("app:1");
  assert.equal(peer.connections, 1);
}

/** The objects that the program kept for a call that has ended. */
async function requestOf(call: () => Promise<unknown>): Promise<WeakRef<object>> {
  const request = { body: "x".repeat(1_000) };
  await requests.run(request, call);
  return new WeakRef(request);
}
