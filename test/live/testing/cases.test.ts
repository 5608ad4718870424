import assert from "node:assert/strict";
import { it } from "node:test";
import { sharedDaemon, startDaemon, versions } from "../../support/daemon/daemon.js";
import { codeNames, RawConnection } from "../../support/raw-cases/call.js";
import { crashCases, existingImage } from "../../support/raw-cases/crash-cases.js";
import { checkFilterCase, createFixture, filterCases } from "../../support/raw-cases/filter-cases.js";
import { checkCase, expectationOf, rpcCases } from "../../support/raw-cases/rpc-cases.js";
import { counterparts } from "../../support/raw-cases/versions.js";

for (const version of versions) {
  const { recorded } = counterparts[version];

  it(`containerd ${version} answers every recorded call as recorded`, async (t) => {
    const daemon = await sharedDaemon(version);
    using connection = new RawConnection(daemon.address);
    for (const rpcCase of rpcCases) {
      if (expectationOf(rpcCase, recorded).daemonCrashes === true) continue;
      await t.test(`${rpcCase.id} ${rpcCase.title}`, () => checkCase(rpcCase, connection, recorded));
    }
  });

  it(`containerd ${version} lists by every recorded filter as recorded`, async (t) => {
    const daemon = await sharedDaemon(version);
    using connection = new RawConnection(daemon.address);
    await createFixture(connection, "filters");
    for (const filterCase of filterCases) {
      const name = `${filterCase.id} ${JSON.stringify(filterCase.filters)}`;
      await t.test(name, () => checkFilterCase(filterCase, connection, "filters", recorded));
    }
  });

  it(`containerd ${version} dies of the requests that are recorded as deadly`, async (t) => {
    await using daemon = await startDaemon(version);
    for (const { title, path, request, headers, outcomes } of crashCases) {
      await t.test(title, async () => {
        using connection = new RawConnection(daemon.address);
        await connection.call(existingImage.path, existingImage.request, existingImage);
        const reply = await connection.call(path, request, { headers });
        const { alive, result } = outcomes[recorded];
        if (!alive) await daemon.exited;
        assert.equal(daemon.alive(), alive);
        assert.equal(reply.code === undefined ? "NOSTATUS" : codeNames[reply.code], result.split(" ")[0]);
        if (!alive) await daemon.restart();
      });
    }
  });
}
