import type { Image, NewDescriptor } from "../../src/index.js";

let namespaces = 0;

/** A namespace that was not used before. */
export function freshNamespace(): string {
  namespaces += 1;
  return `contract-${process.pid}-${namespaces}`;
}

/** A digest of one repeated hex digit. */
export function digest(hexDigit: string): string {
  return `sha256:${hexDigit.repeat(64)}`;
}

/** A descriptor whose digest is one repeated hex digit. */
export function descriptor(hexDigit: string): NewDescriptor {
  return { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digest(hexDigit), size: 1_234 };
}

/** The same as `raw` takes it. */
export function rawDescriptor(hexDigit: string, size = 1_234n) {
  const { mediaType, digest } = descriptor(hexDigit);
  return { mediaType, digest, size };
}

export function namesOf(images: readonly Image[]): string[] {
  return images.map(({ name }) => name);
}

/** The record without what the server sets. */
export function withoutTimes({ name, labels, target }: Image): Pick<Image, "name" | "labels" | "target"> {
  return { name, labels, target };
}
