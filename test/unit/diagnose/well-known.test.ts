import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { wellKnownSockets } from "../../../src/diagnose/well-known.js";
import { temporaryFolder } from "./temporary-folder.js";

describe("wellKnownSockets", () => {
  it("are absolute, and one for each who runs a containerd", () => {
    const sockets = wellKnownSockets({}, "linux");
    assert.ok(sockets.every(({ address }) => address.startsWith("/")));
    assert.equal(new Set(sockets.map(({ address }) => address)).size, sockets.length);
    const names = sockets.map(({ name }) => name).join();
    for (const name of [
      "containerd",
      "K3s",
      "RKE2",
      "Docker",
      "rootless Docker",
      "MicroK8s",
      "Canonical Kubernetes",
      "k0s",
    ])
      assert.ok(names.includes(name), name);
  });

  it("have those of a rootless daemon in the runtime folder of this user, which systemd makes", () => {
    const rootless = (env: Readonly<Record<string, string>>) =>
      wellKnownSockets(env, "linux").find(({ name }) => name === "rootless Docker")?.address;
    assert.equal(rootless({}), `/run/user/${process.getuid?.() ?? 0}/docker/containerd/containerd.sock`);
    assert.equal(rootless({ XDG_RUNTIME_DIR: "" }), rootless({}));
    assert.equal(rootless({ XDG_RUNTIME_DIR: "/tmp/run" }), "/tmp/run/docker/containerd/containerd.sock");
  });

  it("are those of the virtual machines on macOS, and the pipe on Windows", () => {
    const addresses = (env: Readonly<Record<string, string>>) =>
      wellKnownSockets(env, "darwin").map(({ name, address }) => `${name} ${address}`);
    assert.deepEqual(addresses({ HOME: "/Users/a" }), [
      "Colima /Users/a/.colima/default/containerd.sock",
      "Lima /Users/a/.lima/default/sock/containerd.sock",
      "Rancher Desktop /Users/a/.rd/containerd.sock",
    ]);
    assert.deepEqual(addresses({ HOME: "/Users/a", COLIMA_HOME: "/no/c", LIMA_HOME: "/l" }).slice(0, 2), [
      "Colima /Users/a/.colima/default/containerd.sock",
      "Lima /l/default/sock/containerd.sock",
    ]);
    assert.deepEqual(addresses({}), []);
    const pipe = { name: "containerd", address: "\\\\.\\pipe\\containerd-containerd" };
    assert.deepEqual(wellKnownSockets({ HOME: "/Users/a" }, "win32"), [pipe]);
  });

  it("have Colima's in the first of its folders that exists", () => {
    using home = temporaryFolder();
    const folder = (env: Readonly<Record<string, string>> = {}) =>
      wellKnownSockets({ HOME: home.path, ...env }, "darwin")[0]?.address.replace(/\/default\/containerd\.sock$/, "");
    const make = (name: string) => mkdirSync(home.file(name), { recursive: true });
    assert.equal(folder(), home.file(".colima"), "if none exists");
    make(".config/colima");
    assert.equal(folder(), home.file(".config/colima"));
    make("xdg/colima");
    assert.equal(folder({ XDG_CONFIG_HOME: home.file("xdg") }), home.file("xdg/colima"));
    make(".colima");
    assert.equal(folder({ XDG_CONFIG_HOME: home.file("xdg") }), home.file(".colima"));
    assert.equal(folder({ COLIMA_HOME: home.file("missing") }), home.file(".colima"));
    make("own");
    assert.equal(folder({ COLIMA_HOME: home.file("own") }), home.file("own"));
  });

  it("have rootless containerd's where RootlessKit says that it runs", () => {
    using folder = temporaryFolder();
    const rootless = () =>
      wellKnownSockets({ XDG_RUNTIME_DIR: folder.path }, "linux").find(({ name }) => name === "rootless containerd")
        ?.address;
    assert.equal(rootless(), undefined);
    mkdirSync(folder.file("containerd-rootless"));
    writeFileSync(folder.file("containerd-rootless/child_pid"), "4711\n");
    assert.equal(rootless(), "/proc/4711/root/run/containerd/containerd.sock");
    writeFileSync(folder.file("containerd-rootless/child_pid"), "../etc");
    assert.equal(rootless(), undefined);
  });
});
