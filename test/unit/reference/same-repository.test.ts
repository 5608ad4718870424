import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check, compile, matches, parse } from "../../../src/filters/index.js";
import { parseReference, ReferenceSyntaxError, sameRepository } from "../../../src/reference/index.js";
import { image } from "../filters/records.js";

const digest = `sha256:${"a".repeat(64)}`;
const repositories = [
  "app",
  "app2",
  "team/app",
  "app/sub",
  "ghcr.io/app",
  "localhost:5000/app",
  "[::1]:5000/a.pp",
  "my_registry.io/app",
];
const versions = ["", ":1", ":latest", ":app", `@${digest}`, `:1@${digest}`];

/** Full names, and what repository each is of. */
const records = repositories.flatMap((repository) => {
  const { domain, path } = parseReference(repository);
  const name = domain === "" ? path : `${domain}/${path}`;
  return versions.map((version) => ({ name: name + version, repository }));
});

function namesMatched(text: string): readonly string[] {
  const filter = sameRepository(text);
  const [here, read] = [filter, parse(...compile(filter))].map((one) =>
    records.filter(({ name }) => matches(one, image({ name }))).map(({ name }) => name),
  );
  assert.deepEqual(here, read);
  return here ?? [];
}

describe("sameRepository", () => {
  for (const repository of repositories) {
    const own = records.filter((record) => record.repository === repository).map(({ name }) => name);

    it(`matches all of ${repository}, and nothing else`, () => {
      for (const version of versions) assert.deepEqual(namesMatched(repository + version), own);
    });
  }

  it("knows every way to write a repository", () => {
    for (const text of ["app", "library/app", "docker.io/app", "index.docker.io/library/app:2"])
      assert.deepEqual(compile(sameRepository(text)), ['name~="^docker\\\\.io/library/app(?:[:@]|$)"']);
  });

  it("takes no character of a name for a part of a pattern", () => {
    const name = "docker.io/library/a.b";
    assert.equal(matches(sameRepository("docker.io/a.b"), image({ name })), true);
    assert.equal(matches(sameRepository("docker.io/a.b"), image({ name: name.replace("a.b", "axb") })), false);
  });

  it("does not match short names, nor names in which it stands elsewhere", () => {
    for (const name of ["app:1", "x/docker.io/library/app:1", "docker.io/library/app\n:1", "docker.io/library/app\n"])
      assert.equal(matches(sameRepository("app"), image({ name })), false, name);
  });

  it("makes a filter that has no mistakes", () => {
    for (const repository of repositories) assert.deepEqual(check(sameRepository(repository)), []);
  });

  it("refuses what is no reference", () => {
    assert.throws(() => sameRepository("App"), ReferenceSyntaxError);
    assert.throws(() => sameRepository(""), ReferenceSyntaxError);
  });
});
