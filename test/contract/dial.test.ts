import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { versions } from "../support/daemon/daemon.js";
import { isLong } from "../support/is-long.js";
import { plainStream } from "../support/plain-stream.js";
import { daemonTarget } from "./daemon-target.js";
import { contract } from "./suite.js";

const streams: readonly (readonly [name: string, dial: (path: string) => Duplex])[] = [
  ["a socket", (path) => connect(path)],
  ["a stream that is no socket", (path) => plainStream(connect(path))],
];

for (const version of isLong ? versions : (["2.x"] as const)) {
  for (const [name, dial] of streams) {
    contract(`containerd ${version}, over ${name} that is dialed`, () =>
      daemonTarget(version, async ({ address }) => ({ address, dial })),
    );
  }
}
