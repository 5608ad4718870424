// Checks that the process survives a session that ends in the turn in which a response arrived and another request was
// made. If it does not, the process ends with an error, or Node aborts it.
import { Http2Channel } from "../../src/transport/http2/channel.js";
import { get } from "../unit/transport/calls.js";
import { Peer } from "./peer.js";

const ROUNDS = 1_000; // without the guard, a few are enough

using peer = await Peer.start({});
for (let round = 0; round < ROUNDS; round += 1) {
  const channel = new Http2Channel({ kind: "unix", path: peer.path });
  await get(channel);
  const second = get(channel).then(
    () => "answered",
    () => "failed",
  );
  channel.destroy();
  if ((await second) !== "failed") throw new Error("a call went on after the end of its connection");
}
