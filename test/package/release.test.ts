import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { root } from "./packed.js";

const read = (file: string) => readFileSync(join(root, file), "utf8");
const { version, homepage, bugs, repository, scripts } = JSON.parse(read("package.json"));

describe("a release", () => {
  it("says where the project is, and where to report a defect", () => {
    const project = /^git\+(.*)\.git$/.exec(repository.url)?.[1];
    assert.equal(homepage, `${project}#readme`);
    assert.equal(bugs, `${project}/issues`);
  });

  it("is built by npm itself, and published after all tests", () => {
    assert.equal(scripts.prepack, "npm run build");
    const publish = read(".github/workflows/publish.yml");
    assert.match(publish, /^ {2}test:\n {4}needs: tag\n {4}uses: \.\/\.github\/workflows\/ci\.yml$/m);
    assert.match(publish, /^ {2}npm:\n {4}needs: test$/m);
    assert.match(read(".github/workflows/ci.yml"), /^ {2}workflow_call:/m);
    assert.match(read(".ci/run"), /^exec npm test$/m);
  });

  it("stops if the tag is not the version", () => {
    const command = /- name: The tag is the version\n +run: (.*)/.exec(read(".github/workflows/publish.yml"))?.[1];
    const statusFor = (tag: string) =>
      spawnSync("bash", ["-ec", command ?? ""], { cwd: root, env: { ...process.env, TAG: tag } }).status;
    assert.equal(statusFor(`v${version}`), 0);
    for (const tag of [version, `v${version}0`, "v99.0.0", ""]) assert.equal(statusFor(tag), 1, tag);
  });

  it("is stopped by advisories about what is published, not about tools", () => {
    const audit = /^ {2}audit:[\s\S]*/m.exec(read(".github/workflows/nightly.yml"))?.[0] ?? "";
    const commands = [...audit.matchAll(/npm audit.*/g)].map(([command]) => command);
    assert.match(commands[0] ?? "", /^npm audit --omit=dev( |$)/);
    const builtIn = /has\((.*?)\)/.exec(commands[1] ?? "")?.[1];
    assert.deepEqual(JSON.parse(`[${builtIn}]`).sort(), builtInPackages());
    assert.equal(commands.length, 2);
  });
});

/** The packages that src imports and that are no dependencies of the package. */
function builtInPackages(): string[] {
  const { devDependencies } = JSON.parse(read("package.json"));
  const isImported = (name: string) => {
    const args = ["-rlE", `from "${name}(/.*)?"`, "src"];
    return spawnSync("grep", args, { cwd: root }).status === 0;
  };
  return Object.keys(devDependencies).filter(isImported).sort();
}
