import { ImagesClient } from "../../../src/index.js";
import { endings, isEnding } from "./ending.js";

// A program that watches, stops, says so, and has nothing left to do. The client stays open on purpose.
const [address = "", ending] = process.argv.slice(2);
if (!isEnding(ending)) throw new Error(`unknown: ${ending}`);
const images = new ImagesClient({ namespace: "watcher", address });
const stop = new AbortController();
const watch = images.watch(undefined, { signal: stop.signal });
for (let event = await watch.next(); event.value?.type !== "synced"; ) event = await watch.next();
await endings[ending]({ watch, stop, images });
process.stdout.write("ended\n");
