// Connects to a containerd behind a TLS proxy that asks for a client certificate.
//
// CONTAINERD_ADDRESS is the address of the proxy, for example https://node-1.example:8443. CONTAINERD_TLS_CA,
// CONTAINERD_TLS_CERT and CONTAINERD_TLS_KEY are PEM files.
import { readFileSync } from "node:fs";
import { ImagesClient, printable } from "containerd-images";

function pem(variable: string): Buffer {
  const path = process.env[variable];
  if (path === undefined) throw new Error(`${variable} has to name a PEM file`);
  return readFileSync(path);
}

await using images = ImagesClient.fromEnv({
  tls: { ca: pem("CONTAINERD_TLS_CA"), cert: pem("CONTAINERD_TLS_CERT"), key: pem("CONTAINERD_TLS_KEY") },
});

const records = await images.list();
console.log(`${records.length} records over TLS`);
for (const image of records) console.log(printable(image.name), image.target.digest);
