import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { openSshTunnel } from "../../../examples/ssh-tunnel.js";
import { eventually } from "../../support/eventually.js";

/** Makes a socket where `-L` says, and runs until it is killed. It gets `-L LOCAL:REMOTE -- HOST` at the end. */
const SSH = `#!/bin/sh
while [ "$1" != -L ]; do shift; done
: > "\${2%%:*}"
exec sleep 1000
`;
/** An environment that is too large for any program: spawn() throws, as it does when no memory is left. */
const TOO_LARGE = "x".repeat(2_000_000);
const noShell = { skip: process.platform === "win32" && "the ssh of this test is a shell script" };

function setVariable(t: TestContext, name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  t.after(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

describe("examples/ssh-tunnel.ts", noShell, () => {
  it("leaves no folder behind if it cannot start ssh", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "no-ssh-"));
    t.after(() => rmSync(folder, { recursive: true }));
    setVariable(t, "TMPDIR", folder);
    await assert.rejects(openSshTunnel("node\0"), { code: "ERR_INVALID_ARG_VALUE" });
    assert.deepEqual(readdirSync(folder), []);
  });

  it("starts ssh again also after it could not start it", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "fake-ssh-"));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "ssh"), SSH);
    chmodSync(join(folder, "ssh"), 0o755);
    setVariable(t, "PATH", `${folder}${delimiter}${process.env["PATH"]}`);
    const { mock } = t.mock.method(console, "error", () => {});

    await using tunnel = await openSshTunnel("node");
    setVariable(t, "TOO_LARGE", TOO_LARGE);
    process.kill(tunnel.pid ?? assert.fail("no ssh runs"));
    await eventually(async () => assert.notEqual(mock.callCount(), 0));
    assert.match(String(mock.calls[0]?.arguments[0]), /^cannot start ssh: spawn E2BIG/);
    delete process.env["TOO_LARGE"];
    await eventually(async () => assert.ok(tunnel.pid, "no ssh runs"));
  });
});
