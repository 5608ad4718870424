import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { all, type Image, ImagesClient } from "../../../src/index.js";
import {
  type DockerEngine,
  type EngineVersion,
  engines,
  startDocker,
  withoutDocker,
} from "../../support/daemon/docker.js";
import { DockerError } from "../../support/daemon/docker-api.js";
import { fetchBundle } from "../../support/daemon/fetch.js";
import { eventually } from "../../support/eventually.js";
import { type OciImage, ociImage, ociLayout } from "../../support/oci/image.js";

/** The namespace of Docker's images. */
export const DOCKER_NAMESPACE = "moby";

const NO_RESYNC = { resyncIntervalMs: 3_600_000 };

/** A Docker Engine, and this package's client of its images. */
export interface Docker extends DockerEngine {
  readonly images: ImagesClient;
}

/** Describes the same on every engine; the engines start and run at the same time, the tests of one after another. */
export function describeOnEngines(title: string, tests: (docker: () => Docker) => void): void {
  describe(title, { concurrency: true, skip: withoutDocker }, () => {
    for (const version of Object.keys(engines) as EngineVersion[]) {
      describe(`of Docker Engine ${version}`, { concurrency: 1 }, () => {
        let docker: Docker | undefined;
        before(async () => {
          docker = withClient(await startDocker(version));
        });
        after(async () => {
          await docker?.images.close();
          await docker?.[Symbol.asyncDispose]();
        });
        tests(() => {
          if (docker === undefined) throw new Error("the engine has not started");
          return docker;
        });
      });
    }
  });
}

function withClient(engine: DockerEngine): Docker {
  return { ...engine, images: new ImagesClient({ address: engine.address, namespace: DOCKER_NAMESPACE }) };
}

/** `app:1` as Docker stores it. */
export function stored(name: string): string {
  return `docker.io/library/${name}`;
}

/** Loads a new image by `docker load` under a name like `app:1`. */
export async function loadNew({ api }: DockerEngine, name: string): Promise<OciImage> {
  const image = ociImage(name);
  await api.load(ociLayout({ [stored(name)]: image }));
  return image;
}

/** Loads a new image whose containers run a command of busybox. */
export async function loadBusybox(
  { api }: DockerEngine,
  name: string,
  ...command: readonly string[]
): Promise<OciImage> {
  const busybox = await readFile(join(await fetchBundle("runc"), "bin/busybox"));
  const image = ociImage(name, { files: { "bin/busybox": busybox }, command: ["/bin/busybox", ...command] });
  await api.load(ociLayout({ [stored(name)]: image }));
  return image;
}

/** Whether the list of `docker images` has this name. */
export async function isListed({ api }: Docker, name: string): Promise<boolean> {
  return (await api.listImages()).some(({ RepoTags }) => RepoTags?.includes(name));
}

/** Asserts that Docker rejects a request with this HTTP status. */
export function rejectsWith(status: number, request: Promise<unknown>): Promise<void> {
  return assert.rejects(request, (error) => error instanceof DockerError && error.status === status);
}

/** What a watch has reported since it was synced, and a cache beside it. Neither of them lists again. */
export interface Following {
  /** Waits until the watch has reported this change of a record, and the cache knows it. */
  saw(type: "created" | "deleted", name: string): Promise<void>;
  /** Waits until the watch has reported that a record points at this digest, and the cache knows it. */
  sawTarget(name: string, digest: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a watch and a cache; what was there before is not reported. */
export async function follow(images: ImagesClient): Promise<Following> {
  const [watch, cache] = [images.watch(all, NO_RESYNC), images.cache(all, NO_RESYNC)];
  for (let event = await watch.next(); event.value?.type !== "synced"; ) event = await watch.next();
  await cache.ready;
  const latest = new Map<string, { readonly type: string; readonly image: Image }>();
  const ended = (async () => {
    for await (const { type, image } of watch) if (image !== undefined) latest.set(image.name, { type, image });
  })();
  return {
    saw: (type, name) =>
      eventually(async () => {
        const event = latest.get(name);
        assert.equal(event?.type, type, `${type} ${name}`);
        const expected = type === "deleted" ? undefined : event?.image.target.digest;
        assert.equal(cache.get(name)?.target.digest, expected, name);
      }),
    sawTarget: (name, digest) =>
      eventually(async () => {
        assert.equal(latest.get(name)?.image.target.digest, digest, name);
        assert.equal(cache.get(name)?.target.digest, digest, name);
      }),
    [Symbol.asyncDispose]: async () => {
      await watch.return();
      await ended;
      await cache.close();
    },
  };
}
