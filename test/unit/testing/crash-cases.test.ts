import assert from "node:assert/strict";
import { it } from "node:test";
import { InMemoryImages, profiles } from "../../../src/testing/index.js";
import { codeNames, RawConnection } from "../../support/raw-cases/call.js";
import { crashCases, existingImage } from "../../support/raw-cases/crash-cases.js";
import { loadCases, type RecordedVersion } from "../../support/raw-cases/rpc-cases.js";
import { profileNames } from "../../support/raw-cases/versions.js";

it("every recorded request has its bytes", () => {
  const titles = Object.keys(loadCases<object>("crash-cases.json"));
  assert.deepEqual(crashCases.map(({ title }) => title).sort(), titles.sort());
});

for (const version of profileNames) {
  it(`profile ${version} dies of the same requests as the daemon`, async (t) => {
    const recorded = profiles[version].serverVersion as RecordedVersion; // the profiles answer as the recorded versions
    for (const { title, path, request, headers, outcomes } of crashCases) {
      await t.test(title, async () => {
        await using service = new InMemoryImages({ version });
        await using server = await service.listen("127.0.0.1:0");
        using connection = new RawConnection(server.address);
        await connection.call(existingImage.path, existingImage.request, existingImage);
        const reply = await connection.call(path, request, { headers });
        const { alive, result } = outcomes[recorded];
        assert.equal(service.crashes.length, alive ? 0 : 1);
        assert.equal(reply.code === undefined ? "NOSTATUS" : codeNames[reply.code], result.split(" ")[0]);
        if (alive && !result.startsWith("OK")) assert.equal(JSON.stringify(reply.message), /".*"/s.exec(result)?.[0]);
      });
    }
  });
}

it("a crash breaks every connection, and the records are there after it", async () => {
  await using service = new InMemoryImages({ version: "2.1" });
  await using server = await service.listen("127.0.0.1:0");
  using victim = new RawConnection(server.address);
  using bystander = new RawConnection(server.address);
  await bystander.call(existingImage.path, existingImage.request, existingImage);
  const watching = bystander.call("/containerd.services.events.v1.Events/Subscribe", new Uint8Array());
  await victim.call(existingImage.path, new Uint8Array(), { headers: existingImage.headers });
  assert.equal((await watching).code, undefined);
  assert.deepEqual(
    service.snapshot().map(({ name }) => name),
    ["e"],
  );
  assert.equal(service.crashes[0]?.method, "create");
});
