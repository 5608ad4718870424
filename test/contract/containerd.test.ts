import { versions } from "../support/daemon/daemon.js";
import { daemonTarget } from "./daemon-target.js";
import { contract } from "./suite.js";

for (const version of versions) contract(`containerd ${version}`, () => daemonTarget(version));
