/** Labels or annotations: keys and values are strings, and no value is empty. */
export type Labels = Readonly<Record<string, string>>;

/** The content that an image name points at (an OCI descriptor). */
export interface Descriptor {
  /** Kind of the content, for example `application/vnd.oci.image.index.v1+json`. */
  readonly mediaType: string;
  /** `sha256:` and 64 lower-case hex digits; `sha384:` with 96 and `sha512:` with 128 likewise. */
  readonly digest: string;
  /** Length of the content in bytes; above 2^53-1 the nearest number. */
  readonly size: number;
  /** Never absent on output; empty on servers before 1.2.7, which do not store them. */
  readonly annotations: Labels;
}

/**
 * One image record: a name in a namespace, the descriptor it points at, and labels.
 *
 * Plain and JSON-safe: it can be logged, compared with `assert.deepEqual` and spread into the next call.
 */
export interface Image {
  /** Exact, case-sensitive name. containerd does not parse it: `alpine` and `docker.io/library/alpine:latest` differ. */
  readonly name: string;
  readonly labels: Labels;
  readonly target: Descriptor;
  /** Set by the server. The epoch where a server sends none (2017); clamped to what a Date can hold. */
  readonly createdAt: Date;
  /** Set by the server on every successful update, even one that changes nothing. */
  readonly updatedAt: Date;
}

/** A descriptor on input: annotations may be left out. */
export interface NewDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** A safe integer greater than zero. */
  readonly size: number;
  readonly annotations?: Labels | undefined;
}

/**
 * A record on input: labels may be left out.
 *
 * `createdAt` and `updatedAt` are accepted and ignored, because the server alone sets them, so that
 * `create({ ...image, name: "copy" })` works.
 */
export interface NewImage {
  readonly name: string;
  readonly target: NewDescriptor;
  readonly labels?: Labels | undefined;
  readonly createdAt?: Date | undefined;
  readonly updatedAt?: Date | undefined;
}
