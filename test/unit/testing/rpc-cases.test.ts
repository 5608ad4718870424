import assert from "node:assert/strict";
import { it } from "node:test";
import { InMemoryImages, profiles } from "../../../src/testing/index.js";
import { RawConnection } from "../../support/raw-cases/call.js";
import { checkCase, expectationOf, type RecordedVersion, rpcCases } from "../../support/raw-cases/rpc-cases.js";
import { profileNames } from "../../support/raw-cases/versions.js";

for (const version of profileNames) {
  it(`profile ${version} answers every probed call as recorded`, async (t) => {
    await using service = new InMemoryImages({ version });
    const server = await service.listen("127.0.0.1:0");
    const recorded = profiles[version].serverVersion as RecordedVersion; // the profiles answer as the recorded versions
    for (const rpcCase of rpcCases) {
      await t.test(`${rpcCase.id} ${rpcCase.title}`, async () => {
        using connection = new RawConnection(server.address); // of its own, because some cases break it
        const crashes = service.crashes.length;
        await checkCase(rpcCase, connection, recorded);
        const expected = expectationOf(rpcCase, recorded).daemonCrashes === true ? 1 : 0;
        assert.equal(service.crashes.length - crashes, expected);
      });
    }
  });
}
