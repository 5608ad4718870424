import { createHash } from "node:crypto";
import type { NewDescriptor } from "../../../src/index.js";
import { type TarFiles, tar } from "./tar.js";

const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** A small image for this machine: a config, one layer and the manifest of both. */
export interface OciImage {
  /** What a record of this image points at. */
  readonly manifest: NewDescriptor;
  /** Its digest is the image id of Docker and CRI. */
  readonly config: NewDescriptor;
  readonly layer: NewDescriptor;
  /** The bytes of all three, by digest. */
  readonly blobs: ReadonlyMap<string, Buffer>;
}

export interface OciImageOptions {
  /** Content of the layer; one text file when absent. */
  readonly files?: TarFiles | undefined;
  /** What a container of this image runs; nothing when absent. */
  readonly command?: readonly string[] | undefined;
}

/** Makes an image; another title is another image, with no blob in common unless the files are given. */
export function ociImage(title: string, { files = { title }, command = [] }: OciImageOptions = {}): OciImage {
  const blobs = new Map<string, Buffer>();
  const store = (mediaType: string, bytes: Buffer): NewDescriptor => {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const layer = store(LAYER, tar(files));
  const config = store(
    CONFIG,
    json({
      author: title,
      created: "2026-01-01T00:00:00Z",
      architecture: architectures[process.arch] ?? process.arch,
      os: "linux",
      config: { Cmd: command },
      rootfs: { type: "layers", diff_ids: [layer.digest] }, // the same digest, as the layer is not compressed
    }),
  );
  const manifest = store(MANIFEST, json({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] }));
  return { manifest, config, layer, blobs };
}

/** A tar in OCI layout, for `docker load` and `ctr images import`; the names are full references with a tag. */
export function ociLayout(images: Readonly<Record<string, OciImage>>): Buffer {
  const manifests = Object.entries(images).map(([name, { manifest }]) => {
    const tag = name.slice(name.lastIndexOf(":") + 1);
    return { ...manifest, annotations: { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": tag } };
  });
  const blobs = Object.values(images).flatMap((image) => [...image.blobs]);
  return tar({
    "oci-layout": json({ imageLayoutVersion: "1.0.0" }),
    "index.json": json({ schemaVersion: 2, mediaType: INDEX, manifests }),
    ...Object.fromEntries(blobs.map(([digest, bytes]) => [`blobs/${digest.replace(":", "/")}`, bytes])),
  });
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
