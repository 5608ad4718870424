import { daemonTarget } from "../contract/daemon-target.js";
import { versions } from "../daemon/daemon.js";
import { operations } from "../operations/suite.js";

for (const version of versions) operations(`containerd ${version}`, () => daemonTarget(version));
