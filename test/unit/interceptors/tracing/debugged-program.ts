import { ImagesClient } from "../../../../src/index.js";

// Reads two records from the server at the address that it is given, with two clients of one process, in which there is
// a second copy of the package. A third client has a transport of its own, which rejects.
const [address = ""] = process.argv.slice(2);
const copy = new URL("../../../../src/interceptors/tracing/debug-log.ts?copy", import.meta.url);
const { logAttempts } = await import(copy.href);
logAttempts();
for (const name of ["app:1", "app\n\u001b[2J:2"]) {
  await using images = new ImagesClient({ namespace: "k8s.io", address, retry: { baseDelayMs: 0 } });
  await images.find(name);
}
const unary = () => Promise.reject(new Error("a status"));
const own = new ImagesClient({ namespace: "k8s.io", transport: { unary, stream: unary }, retry: false });
await own.get("app:3").catch(() => {});
