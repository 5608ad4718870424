import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { relative } from "node:path";
import { after, before, describe, it } from "node:test";
import { ImagesClient } from "../../src/index.js";
import { type Daemon, startDaemon } from "../support/daemon/daemon.js";
import { descriptor, freshNamespace, namesOf } from "./records.js";

describe("a daemon is reached by", () => {
  let daemon: Daemon;
  before(async () => {
    daemon = await startDaemon("2.x");
  });
  after(() => daemon.stop());

  /** Creates a record at this address, and reads it at the daemon's own. */
  async function assertReached(address: string): Promise<void> {
    const namespace = freshNamespace();
    await using images = new ImagesClient({ namespace, address });
    await images.create({ name: "app:1", target: descriptor("a") });
    await using direct = new ImagesClient({ namespace, address: daemon.address });
    assert.deepEqual(namesOf(await direct.list()), ["app:1"]);
  }

  it("its path, as ctr takes it, and unix://, as nerdctl takes it too", async () => {
    await assertReached(daemon.socketPath);
    await assertReached(`unix://${daemon.socketPath}`);
  });

  it("a relative path, as gRPC takes it", async () => {
    await assertReached(`unix:${relative(process.cwd(), daemon.socketPath)}`);
  });

  it("an abstract socket that is forwarded", async () => {
    await using forwarder = await forward({ path: "\0forwarded-containerd" });
    for (const address of ["unix-abstract:forwarded-containerd", "@forwarded-containerd"]) await assertReached(address);
    assert.equal(forwarder.count(), 2);
  });

  it("an IPv6 address with a zone", async (test) => {
    await using forwarder = await forward({ host: "::1", port: 0 }).catch(() => undefined);
    if (forwarder === undefined) return test.skip("this machine has no IPv6");
    await assertReached(`http://[::1%25lo]:${forwarder.port}`);
    assert.equal(forwarder.count(), 1);
  });

  async function forward(where: { readonly path: string } | { readonly host: string; readonly port: number }) {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      const upstream = connect(daemon.socketPath);
      for (const end of [socket, upstream]) end.on("error", () => {});
      socket.pipe(upstream).pipe(socket);
    });
    await once(server.listen(where), "listening");
    const address = server.address();
    return {
      port: address !== null && typeof address === "object" ? address.port : 0,
      count: () => connections,
      [Symbol.asyncDispose]: async () => {
        server.close();
      },
    };
  }
});
