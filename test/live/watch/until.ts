import assert from "node:assert/strict";
import type { Watch, WatchEvent } from "../../../src/index.js";

/** Takes events of a watch up to one that `isIt`. */
export async function until(watch: Watch, isIt: (event: WatchEvent) => boolean): Promise<void> {
  for (;;) {
    const { value, done } = await watch.next();
    assert.ok(done !== true);
    if (isIt(value)) return;
  }
}
