import { daemonTarget } from "../../contract/daemon-target.js";
import { versions } from "../../support/daemon/daemon.js";
import { operations } from "../../unit/operations/suite.js";

for (const version of versions) operations(`containerd ${version}`, () => daemonTarget(version));
