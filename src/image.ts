/**
 * Labels or annotations: keys and values are strings, and no value is empty.
 *
 * The server sends them in another order each time. In records that are read they are sorted by key (whole numbers
 * first, as in every object, then in the order of `sort()`), so that two reads of a record have the same JSON. More
 * than 20,000 labels of one record are not sorted.
 *
 * @example
 * ```ts
 * const labels: Labels = { env: "prod", "example.com/team": "web" };
 * await images.create({ name: "app:2", target, labels });
 * ```
 */
export type Labels = Readonly<Record<string, string>>;

/**
 * The content that an image name points at (an OCI descriptor).
 *
 * @example
 * ```ts
 * const { target } = await images.get("app:1");
 * const same = (other: Descriptor) => other.digest === target.digest; // the digest alone says which content it is
 * same((await images.tag("app:1", "app:2")).target); // => true
 * ```
 */
export interface Descriptor {
  /** Kind of the content, for example `application/vnd.oci.image.index.v1+json`. */
  readonly mediaType: string;
  /** `sha256:` and 64 lower-case hex digits; `sha384:` with 96 and `sha512:` with 128 likewise. */
  readonly digest: string;
  /** Length of the content in bytes; a length above 2^53-1 is rounded to the nearest number. */
  readonly size: number;
  /** Always present in records that are read; empty on servers before 1.2.7, which do not store annotations. */
  readonly annotations: Labels;
}

/**
 * One image record: a name in a namespace, the descriptor it points at, and labels.
 *
 * A plain object: it can be logged, written as JSON, compared with `assert.deepEqual` and spread into the next call.
 *
 * @example
 * ```ts
 * const image: Image = await images.get("app:1");
 * console.log(JSON.stringify(image));
 * await images.create({ ...image, name: "copy" }); // target and labels; the timestamps are the server's
 * ```
 */
export interface Image {
  /**
   * Exact, case-sensitive name. containerd does not parse it: `alpine` and `docker.io/library/alpine:latest` differ.
   */
  readonly name: string;
  readonly labels: Labels;
  readonly target: Descriptor;
  /**
   * Set by the server, or by the `sourceDateEpoch` of the create. 1970-01-01 if the server sends no time, as in 2017; a
   * time that a Date cannot hold becomes the nearest Date.
   */
  readonly createdAt: Date;
  /** Set by the server, or by `sourceDateEpoch`, on every successful update, even one that changes nothing. */
  readonly updatedAt: Date;
}

/** The fields of a record that a writer can change, which every rule about writes has to know. */
export type WritableField = Exclude<keyof Image, "name" | "createdAt" | "updatedAt">;

/** A record as a request carries it. The target of an update that does not change it has empty fields. */
export type ImageFields = Pick<Image, "name" | WritableField>;

/**
 * A descriptor for a write: annotations may be left out.
 *
 * @example
 * ```ts
 * const platform = "application/vnd.oci.image.manifest.v1+json";
 * const target: NewDescriptor = { mediaType: platform, digest, size: 527, annotations: { team: "web" } };
 * (await images.update("app:1", { target })).target.annotations; // => { team: "web" }
 * ```
 */
export interface NewDescriptor {
  /** Any text but an empty one. */
  readonly mediaType: string;
  /** As {@link Descriptor.digest}. */
  readonly digest: string;
  /** Length in bytes: a whole number from 1 to 2^53-1. */
  readonly size: number;
  /** A key has at most 32,768 bytes of UTF-8, because containerd's database stores no longer one. */
  readonly annotations?: Labels | undefined;
}

/**
 * A record for a write: labels may be left out.
 *
 * `createdAt` and `updatedAt` are accepted and ignored, because the server sets them, so that
 * `create({ ...image, name: "copy" })` works. A `namespace` is an error: the client has it.
 *
 * @example
 * ```ts
 * const wanted: readonly NewImage[] = [{ name: "app:2", target }, { name: "app:3", target, labels: { env: "prod" } }];
 * await Promise.all(wanted.map((image) => images.upsert(image)));
 * (await images.list()).map(({ name }) => name); // => ["app:1", "app:2", "app:3"]
 * ```
 */
export interface NewImage {
  /** At most 4,096 bytes of UTF-8: a limit of this library, because the server repeats names in headers of errors. */
  readonly name: string;
  readonly target: NewDescriptor;
  /** containerd's limit: a key and its value have at most 4,096 bytes of UTF-8 together. */
  readonly labels?: Labels | undefined;
  readonly createdAt?: Date | undefined;
  readonly updatedAt?: Date | undefined;
  readonly namespace?: undefined;
}
