import { connect } from "node:net";
import { versions } from "../support/daemon/daemon.js";
import { isLong } from "../support/is-long.js";
import { daemonTarget } from "./daemon-target.js";
import { contract } from "./suite.js";

for (const version of isLong ? versions : (["2.x"] as const)) {
  contract(`containerd ${version}, over a socket that is dialed`, () =>
    daemonTarget(version, async ({ address }) => ({ address, dial: (path) => connect(path) })),
  );
}
