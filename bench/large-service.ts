import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { record } from "./records.js";

// large-service.js <address of the module with the service in memory>: serves many records until its parent ends, and
// sends the path of its socket. The name of each large namespace is the number of its records; there are many small
// ones too.
const SIZES = [20_000, 50_000, 200_000];
const SMALL_NAMESPACES = 10_000;
const [testing = ""] = process.argv.slice(2);

const { InMemoryImages } = (await import(testing)) as typeof import("../src/testing/index.js"); // the parent names it
const service = new InMemoryImages({ recordsCalls: false });
for (const size of SIZES) {
  service.seed(Array.from({ length: size }, (_, index) => ({ ...record(index), namespace: String(size) })));
}
service.seed(
  Array.from({ length: SMALL_NAMESPACES }, (_, index) => ({ ...record(index), namespace: `team-${index}` })),
);

const dir = mkdtempSync(join(tmpdir(), "bench-large-"));
const socketPath = join(dir, "large.sock");
await service.listen(socketPath);
process.on("disconnect", () => {
  rmSync(dir, { recursive: true });
  process.exit();
});
process.send?.(socketPath);
