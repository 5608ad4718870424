import assert from "node:assert/strict";
import { type ContainerdVersion, InMemoryImages } from "../../../src/testing/index.js";
import { contract } from "../../contract/suite.js";
import { addressTarget, type TargetBase, transportTarget } from "../../contract/target.js";
import { isLong } from "../../support/is-long.js";
import { localAddress } from "../../support/local-address.js";
import { profileNames } from "../../support/raw-cases/versions.js";

const versions = { "1.6": "1.6", "1.7": "1.7", "2.1": "2.x" } as const satisfies Record<ContainerdVersion, string>;

// The service in memory must pass the same tests as the daemons, because programs are tested with it instead of them.
for (const version of profileNames) {
  contract(`the in-memory ${version} on a socket of this host`, async () => {
    const service = new InMemoryImages({ version });
    const where = localAddress();
    const { address } = await service.listen(where.address);
    return addressTarget(
      base(service, version, () => where[Symbol.dispose]()),
      address,
    );
  });

  if (version === "1.7" && !isLong) continue; // in the process, it is between the other two
  contract(`the in-memory ${version} in the process`, async () => {
    const service = new InMemoryImages({ version });
    return transportTarget(base(service, version), service.transport);
  });
}

// Only its address differs from that of another socket.
if (process.platform === "linux" && isLong) {
  contract("the in-memory 2.1 on an abstract socket", async () => {
    const service = new InMemoryImages();
    const { address } = await service.listen(`unix-abstract:containerd-images-${process.pid}`);
    return addressTarget(base(service, "2.1"), address);
  });
}

contract("the in-memory 2.1 on a TCP port", async () => {
  const service = new InMemoryImages();
  const { address } = await service.listen("127.0.0.1:0");
  return addressTarget(base(service, "2.1"), address);
});

function base(service: InMemoryImages, version: ContainerdVersion, cleanUp?: () => void): TargetBase {
  return {
    version: versions[version],
    addLease: async (namespace, id) => service.addLease(id, namespace),
    dispose: async () => {
      await service.close();
      cleanUp?.();
      assert.deepEqual(service.crashes, [], "a call would have brought a daemon down");
    },
  };
}
