// Checks that the process survives calls that are given up while Node reads from their connection, in a turn in which
// another request was made. If it does not, Node's memory is corrupt, and glibc ends the process.
import { ImagesClient } from "../../src/client.js";
import { nextTurn } from "../../src/util/next-turn.js";
import { FLAG } from "./frames.js";
import { Peer, type PeerStream } from "./peer.js";

const ROUNDS = 100; // without the guard, a few are enough
const CALLS = 8;

const received: PeerStream[] = [];
using peer = await Peer.start({ answer: (stream) => received.push(stream) });
await using images = new ImagesClient({ address: peer.path, namespace: "default", retry: false });
for (let round = 0; round < ROUNDS; round += 1) {
  const abort = new AbortController();
  const calls = Array.from({ length: CALLS }, () => images.get("app:1", { signal: abort.signal }));
  const ended = Promise.all(calls.map((call) => call.catch(() => abort.abort())));
  const [first] = await requests(CALLS);
  // The rejection waits to be read when the next request is made.
  first?.headers([[":status", "503"]], FLAG.endStream);
  await new Promise<void>((resolve) => process.nextTick(resolve));
  const next = images.find("app:1");
  await ended;
  const [last] = await requests(1);
  last?.ok();
  await next;
}

async function requests(count: number): Promise<readonly PeerStream[]> {
  while (received.length < count) await nextTurn();
  return received.splice(0);
}
