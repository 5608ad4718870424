import { ImagesClient } from "../../../../src/index.js";

// Reads two records from the server at the address that it is given, with two clients of one process.
const [address = ""] = process.argv.slice(2);
for (const name of ["app:1", "app\n\u001b[2J:2"]) {
  await using images = new ImagesClient({ namespace: "k8s.io", address, retry: { baseDelayMs: 0 } });
  await images.find(name);
}
