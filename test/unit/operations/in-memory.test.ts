import assert from "node:assert/strict";
import { type ContainerdVersion, InMemoryImages } from "../../../src/testing/index.js";
import { operations } from "../../contract/operations/suite.js";
import { transportTarget } from "../../contract/target.js";
import { isLong } from "../../support/is-long.js";
import { profileNames } from "../../support/raw-cases/versions.js";

const versions = { "1.6": "1.6", "1.7": "1.7", "2.1": "2.x" } as const satisfies Record<ContainerdVersion, string>;

for (const version of profileNames) {
  const open = async () => {
    const service = new InMemoryImages({ version });
    const base = {
      version: versions[version],
      addLease: async (namespace: string, id: string) => service.addLease(id, namespace),
      dispose: async () => assert.deepEqual(service.crashes, [], "a call would have brought a daemon down"),
    };
    return transportTarget(base, service.transport);
  };
  operations(`the in-memory ${version}`, open, isLong || version === "2.1"); // large lists are the same in all
}
