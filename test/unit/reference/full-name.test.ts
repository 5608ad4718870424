import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shortNameHint } from "../../../src/interceptors/short-name-hint.js";
import { fullNameOf } from "../../../src/reference/full-name.js";

const hex = "a".repeat(64);

describe("the full name of what a person has typed", () => {
  it("is its canonical name", () => {
    for (const [name, fullName] of [
      ["alpine", "docker.io/library/alpine:latest"],
      ["alpine:3", "docker.io/library/alpine:3"],
      ["docker.io/alpine", "docker.io/library/alpine:latest"],
      ["ghcr.io/team/app", "ghcr.io/team/app:latest"],
      [`app:2@sha256:${hex}`, `docker.io/library/app@sha256:${hex}`],
      ["docker.io/library/alpine:3", "docker.io/library/alpine:3"],
      ["sha256", "docker.io/library/sha256:latest"],
      ["moby-dangling", "docker.io/library/moby-dangling:latest"],
    ] as const)
      assert.equal(fullNameOf(name), fullName);
  });

  it("is not there for what is no reference, and for names that a system has made", () => {
    const made = [`sha256:${hex}`, "sha512:1", `moby-dangling@sha256:${hex}`, `import-2026-01-31@sha256:${hex}`];
    for (const name of ["Alpine", "ghcr.io/Team/app", hex, "a b", ".", "", ...made])
      assert.equal(fullNameOf(name), undefined, name);
  });
});

it("a hint names the full name of a short one, and nothing else", () => {
  assert.match(shortNameHint("alpine") ?? "", /"docker\.io\/library\/alpine:latest"$/);
  for (const name of ["docker.io/library/alpine:3", `sha256:${hex}`, "a b"])
    assert.equal(shortNameHint(name), undefined);
});
