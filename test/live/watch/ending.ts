import assert from "node:assert/strict";
import type { ImagesClient, Watch } from "../../../src/index.js";

interface Running {
  readonly watch: Watch;
  readonly stop: AbortController;
  readonly images: ImagesClient;
}

/** The ways in which a watch that has synced can end. */
export const endings = {
  break: async ({ watch, images }: Running) => {
    const created = images.create({
      name: `break:${Math.random()}`,
      target: { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1 },
    });
    for await (const _ of watch) break;
    await created;
  },
  return: async ({ watch }: Running) => {
    await watch.return();
  },
  "return while a next is waiting": async ({ watch }: Running) => {
    const waiting = watch.next();
    await watch.return();
    assert.deepEqual(await waiting, { done: true, value: undefined });
  },
  throw: async ({ watch }: Running) => {
    await assert.rejects(watch.throw(new Error("mine")), /mine/);
  },
  abort: async ({ watch, stop }: Running) => {
    const waiting = assert.rejects(watch.next(), { code: "canceled" });
    stop.abort();
    await waiting;
  },
  "abort while the consumer is busy": async ({ stop }: Running) => {
    stop.abort();
  },
  close: async ({ images }: Running) => {
    await images.close();
  },
} as const;

export function isEnding(name: string | undefined): name is keyof typeof endings {
  return name !== undefined && Object.hasOwn(endings, name);
}
