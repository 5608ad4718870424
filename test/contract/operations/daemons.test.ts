import { versions } from "../../support/daemon/daemon.js";
import { daemonTarget } from "../daemon-target.js";
import { operations } from "./suite.js";

for (const version of versions) operations(`containerd ${version}`, () => daemonTarget(version));
