// Ends the process with an error, or with Node's own abort, when a session that ends in the turn in which an answer
// came and a further request was made is not survived.
import { createHttp2Channel } from "../../src/transport/http2/channel.js";
import { get } from "../unit/transport/calls.js";
import { Peer } from "./peer.js";

const ROUNDS = 1_000; // a few are enough where it is not survived

using peer = await Peer.start({});
for (let round = 0; round < ROUNDS; round += 1) {
  const channel = createHttp2Channel({ kind: "unix", path: peer.path });
  await get(channel);
  const second = get(channel).then(
    () => "answered",
    () => "failed",
  );
  channel.destroy();
  if ((await second) !== "failed") throw new Error("a call went on after the end of its connection");
}
