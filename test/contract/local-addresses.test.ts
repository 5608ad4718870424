import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join, relative } from "node:path";
import { after, before, describe, it } from "node:test";
import { clientOptionsFromEnv } from "../../src/core/environment.js";
import { ImagesClient, type ImagesError } from "../../src/index.js";
import { type Daemon, startDaemon, type Version } from "../support/daemon/daemon.js";
import { fetchBundle } from "../support/daemon/fetch.js";
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
    const name = `forwarded-containerd-${process.pid}`; // two runs on one machine share such names
    await using forwarder = await forward({ path: `\0${name}` });
    for (const address of [`unix-abstract:${name}`, `@${name}`]) await assertReached(address);
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

/** What {@link outcomesOf} says of `ctr` and of the client; for a client that is not made, the rule that is broken. */
type Outcomes = readonly [ctr: "connects" | "fails", client: string];

const ABSOLUTE = "must be an absolute socket path";
const UNKNOWN = "has the unknown scheme";
const NO_SCHEME = "has no scheme: write";
const PIPE = "is a named pipe";
const RULES = [ABSOLUTE, UNKNOWN, NO_SCHEME, PIPE];

describe("CONTAINERD_ADDRESS leads where it leads ctr", () => {
  const rows = (path: string): Readonly<Record<string, Outcomes>> => ({
    [path]: ["connects", "connects"],
    [`//${path}`]: ["connects", "connects"],
    [path.replace("/", "/./")]: ["connects", "connects"],
    // gRPC, nerdctl and the client take these.
    [`unix://${path}`]: ["fails", "connects"],
    [`UNIX://${path}`]: ["fails", "connects"],
    [`unix:${path}`]: ["fails", "connects"],
    [`unix:${relative(process.cwd(), path)}`]: ["fails", "connects"],
    "@nobody": ["fails", "fails"],
    "unix-abstract:nobody": ["fails", "fails"],
    "http://127.0.0.1:1": ["fails", "fails"],
    [`unix://.${path}`]: ["fails", ABSOLUTE],
    [` ${path}`]: ["fails", ABSOLUTE],
    "localhost:5000": ["fails", NO_SCHEME],
    "127.0.0.1:5000": ["fails", NO_SCHEME],
    "tcp://127.0.0.1:5000": ["fails", UNKNOWN],
    "dns:///127.0.0.1:5000": ["fails", UNKNOWN],
    "ssh://root@127.0.0.1": ["fails", UNKNOWN],
    [`file://${path}`]: ["fails", UNKNOWN],
    [`passthrough:///unix://${path}`]: ["fails", UNKNOWN],
    "npipe:////./pipe/containerd-containerd": ["fails", PIPE],
    "\\\\.\\pipe\\containerd-containerd": ["fails", PIPE],
  });

  it("2.x", async () => {
    await using daemon = await startDaemon("2.x");
    for (const [address, expected] of Object.entries(rows(daemon.socketPath)))
      assert.deepEqual(await outcomesOf("2.x", address), expected, address);
  });

  it("1.6, which also takes a relative path", async () => {
    await using daemon = await startDaemon("1.6");
    const path = daemon.socketPath;
    for (const address of [path, `//${path}`]) {
      assert.deepEqual(await outcomesOf("1.6", address), ["connects", "connects"], address);
    }
    assert.deepEqual(await outcomesOf("1.6", relative(process.cwd(), path)), ["connects", ABSOLUTE]);
  });

  async function outcomesOf(version: Version, address: string): Promise<Outcomes> {
    const env = { CONTAINERD_ADDRESS: address };
    const ctr = join(await fetchBundle(`containerd-${version}`), "usr/bin/ctr");
    const { status } = spawnSync(ctr, ["--connect-timeout", "1s", "images", "ls", "-q"], { env, timeout: 30_000 });
    return [status === 0 ? "connects" : "fails", await outcomeOfClient(env)];
  }

  async function outcomeOfClient(env: { readonly CONTAINERD_ADDRESS: string }): Promise<string> {
    try {
      await using images = new ImagesClient(clientOptionsFromEnv({ waitForDaemonMs: 0 }, env));
      await images.list();
      return "connects";
    } catch (error) {
      const { code, message } = error as ImagesError; // nothing else is thrown
      return code === "unavailable" ? "fails" : (RULES.find((rule) => message.includes(rule)) ?? message);
    }
  }
});
