import assert from "node:assert/strict";
import { type ImagesClient, isImagesError, isValidationError } from "../../../src/index.js";
import type { Check } from "../check.js";
import { descriptor, digest, namesOf, rawDescriptor } from "../records.js";

const target = descriptor("a");
const full = "docker.io/library/app:1";

/** What each method that needs a record says about a name without one. */
async function hintsFor(images: ImagesClient, name: string): Promise<readonly (string | undefined)[]> {
  const ifTarget = { digest: digest("a"), fallback: "check-then-delete" } as const;
  const calls = [
    images.get(name),
    images.update(name, { labels: { env: "prod" } }),
    images.replace({ name, target }),
    images.delete(name),
    images.delete(name, { ifTarget }),
    images.tag(name, full),
    images.raw.get({ name }),
  ];
  const errors = await Promise.all(calls.map((call) => Promise.resolve(call).catch((reason: unknown) => reason)));
  return errors.map((error) => {
    assert.ok(isImagesError(error) && error.code === "not_found" && error.imageName === name, String(error));
    return error.hint;
  });
}

/** Every way to make a record; names that Docker and CRI cannot use are an error for some clients. */
function writes(images: ImagesClient, name: string): readonly Promise<unknown>[] {
  return [
    images.create({ name, target }),
    images.upsert({ name, target }),
    images.tag("short:1", name),
    images.tag("short:1", name, { force: true }),
    images.raw.create({ image: { name, target: rawDescriptor("a") } }),
  ];
}

export function names(check: Check): void {
  check("a short name that is not found is told its full name", async (images) => {
    await images.create({ name: full, target });
    const hint = `Docker and CRI store records under full names: they would store this one as "${full}"`;
    for (const found of await hintsFor(images, "app:1")) assert.equal(found, hint);
    assert.equal(await images.find("app:1"), undefined);
    assert.equal(await images.delete("app:1", { ignoreMissing: true }), false);
  });

  check("a name with a tag and a digest is told the one that Docker and CRI store, unlike nerdctl", async (images) => {
    const name = `docker.io/library/app:1@${target.digest}`;
    const stored = `docker.io/library/app@${target.digest}`;
    const hint = `Docker and CRI store records under full names: they would store this one as "${stored}"`;
    for (const found of await hintsFor(images, name)) assert.equal(found, hint);
  });

  check("a name that is full, made by a system, or no reference is told nothing", async (images) => {
    for (const name of ["docker.io/library/other:1", digest("b"), `moby-dangling@${digest("b")}`, "Other:1"])
      for (const hint of await hintsFor(images, name)) assert.equal(hint, undefined, name);
  });

  check(
    "a client for canonical names makes no record under any other",
    async (images, { target: server, namespace }) => {
      await images.create({ name: "short:1", target });
      await using strict = server.client(namespace, { names: "canonical" });
      const others = {
        "app:1": full,
        "docker.io/library/app": "docker.io/library/app:latest",
        "Team/app": "Team/app:latest",
        [`docker.io/library/app:1@${target.digest}`]: `docker.io/library/app@${target.digest}`,
      };
      for (const [name, fullName] of Object.entries(others))
        for (const write of writes(strict, name))
          await assert.rejects(write, (error) => {
            assert.ok(isValidationError(error) && error.attempts === 0, String(error));
            const message = `must be a full name, as Docker and CRI store it: "${fullName}"`;
            assert.deepEqual([error.issues, error.imageName], [[{ path: "name", message }], name]);
            return true;
          });
      for (const name of ["ghcr.io/Team/app:1", digest("a"), `moby-dangling@${digest("a")}`])
        for (const write of writes(strict, name))
          await assert.rejects(write, /for example "docker\.io\/library\/app:1"/);
      assert.deepEqual(namesOf(await images.list()), ["short:1"]);
    },
  );

  check("it makes records under canonical names, and its derived clients are like it", async (images, context) => {
    await using strict = context.target.client(context.namespace, { names: "canonical" });
    await strict.create({ name: full, target });
    await strict.upsert({ name: full, target });
    await strict.tag(full, `docker.io/library/app@${digest("a")}`);
    await strict.raw.create({ image: { name: "localhost:5000/app:1", target: rawDescriptor("a") } });
    assert.equal((await images.list()).length, 3);
    const derived = strict.withTimeout(5_000).withRetry(false).withNamespace(`${context.namespace}-b`);
    await assert.rejects(derived.create({ name: "app:1", target }), isValidationError);
  });

  check("it reads, changes and deletes records of any name", async (images, context) => {
    await images.create({ name: "short:1", target });
    await using strict = context.target.client(context.namespace, { names: "canonical" });
    await strict.update("short:1", { labels: { env: "prod" } });
    await strict.replace({ ...(await strict.get("short:1")), labels: {} });
    await strict.tag("short:1", full);
    assert.equal(await strict.delete("short:1"), true);
    assert.deepEqual(namesOf(await images.list()), [full]);
  });
}
