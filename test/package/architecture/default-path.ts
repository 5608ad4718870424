import { ImagesClient, isNotFound } from "../../../src/index.js";

// A program of the most usual kind: its own socket path, and nothing out of the ordinary.
const [address, extra] = process.argv.slice(2);
await using images = new ImagesClient({ namespace: "default", address });
const target = { mediaType: "text/plain", digest: `sha256:${"a".repeat(64)}`, size: 1 };
await images.create({ name: "app:1", target });
await images.update("app:1", { labels: { env: "dev" } });
await images.get("app:1");
await images.list();
await images.delete("app:1", { ifTarget: { digest: target.digest } });
await images.get("app:1").catch((error) => {
  if (!isNotFound(error)) throw error;
});
if (extra === "raw") await images.raw.list({});
if (extra === "watch") for await (const { type } of images.watch()) if (type === "synced") break;
