// Deletes a name only if it still points at the same digest as when it was read.
import { ImagesClient, isFailedPrecondition } from "containerd-images";

await using images = ImagesClient.fromEnv();

const name = "example.com/moving:latest";
const mediaType = "application/vnd.oci.image.index.v1+json";
const old = { mediaType, digest: `sha256:${"0".repeat(64)}`, size: 1 };
const current = { mediaType, digest: `sha256:${"1".repeat(64)}`, size: 1 };

const seen = await images.create({ name, target: old });
await images.update(name, { target: current }); // in the meantime, another client moves the name

// Servers before 2.0 cannot compare digests. With the fallback the client reads and compares, which is not atomic.
const ifTarget = { digest: seen.target.digest, fallback: "check-then-delete" } as const;
try {
  await images.delete(name, { ifTarget });
} catch (error) {
  if (!isFailedPrecondition(error)) throw error;
  console.log("kept:", error.message);
}

await images.delete(name, { ifTarget: { ...ifTarget, digest: current.digest } });
console.log("deleted at", current.digest);
