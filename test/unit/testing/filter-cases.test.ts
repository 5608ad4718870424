import { it } from "node:test";
import { InMemoryImages, profiles } from "../../../src/testing/index.js";
import { RawConnection } from "../../support/raw-cases/call.js";
import { checkFilterCase, createFixture, filterCases } from "../../support/raw-cases/filter-cases.js";
import type { RecordedVersion } from "../../support/raw-cases/rpc-cases.js";
import { profileNames } from "../../support/raw-cases/versions.js";

for (const version of profileNames) {
  it(`profile ${version} lists by every probed filter as recorded`, async (t) => {
    await using service = new InMemoryImages({ version });
    const server = await service.listen("127.0.0.1:0");
    using connection = new RawConnection(server.address);
    await createFixture(connection, "filters");
    const recorded = profiles[version].serverVersion as RecordedVersion; // the profiles answer as the recorded versions
    for (const filterCase of filterCases) {
      const name = `${filterCase.id} ${JSON.stringify(filterCase.filters)}`;
      await t.test(name, () => checkFilterCase(filterCase, connection, "filters", recorded));
    }
  });
}
