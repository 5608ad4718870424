/**
 * The time at which a record expires, in RFC 3339. The next garbage collection after that deletes the record. With any
 * other value, such as a date alone, the record never expires.
 *
 * containerd reads it from 2.0 on; on 1.x the label has no effect. The server adds a record with this label to the
 * lease of the client that writes it, and the lease keeps the record.
 *
 * @example
 * ```ts
 * const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
 * await images.update("app:1", { labels: { [LABEL_GC_EXPIRE]: inAnHour } });
 * ```
 */
export const LABEL_GC_EXPIRE = "containerd.io/gc.expire";

/**
 * Keeps content, beside that of the target, as long as the record exists. The value is the digest of the content.
 *
 * Add `.` or `/` and any text to the key to keep several: `containerd.io/gc.ref.content.sbom`. containerd's garbage
 * collection reads it, in all versions.
 *
 * @example
 * ```ts
 * await images.update("app:1", { labels: { [`${LABEL_GC_REF_CONTENT}.sbom`]: digest } });
 * ```
 */
export const LABEL_GC_REF_CONTENT = "containerd.io/gc.ref.content";

/**
 * Keeps a snapshot as long as the record exists. Add `.` and the name of the snapshotter to the key, and, to keep
 * several snapshots, `/` and any text: `containerd.io/gc.ref.snapshot.overlayfs/build`. The value is the key of the
 * snapshot. containerd's garbage collection reads it, in all versions.
 *
 * @example
 * ```ts
 * await images.update("app:1", { labels: { [`${LABEL_GC_REF_SNAPSHOT}.overlayfs`]: "build-42" } });
 * ```
 */
export const LABEL_GC_REF_SNAPSHOT = "containerd.io/gc.ref.snapshot";

/**
 * Keeps another record, the one whose name is the value, from expiring as long as this record exists. Add `.` or `/`
 * and any text to the key to keep several.
 *
 * containerd reads it from 2.0 on. It matters only for records with {@link LABEL_GC_EXPIRE}: no other record expires.
 *
 * @example
 * ```ts
 * await images.update("app:1", { labels: { [`${LABEL_GC_REF_IMAGE}.base`]: "docker.io/library/alpine:3.20" } });
 * ```
 */
export const LABEL_GC_REF_IMAGE = "containerd.io/gc.ref.image";

/**
 * The mark of CRI, with the value `managed`. Kubernetes' CRI plugin sets it on every record in its namespace (`k8s.io`)
 * whose content is there, whoever has made the record, and sets it again when it is removed.
 *
 * @example
 * ```ts
 * const managed = await images.withNamespace("k8s.io").list(field.label(LABEL_CRI_IMAGE).equals("managed"));
 * console.log(managed.length);
 * ```
 */
export const LABEL_CRI_IMAGE = "io.cri-containerd.image";

/**
 * With the value `pinned`, the kubelet does not remove the image to free disk space. CRI reads it from containerd 1.7
 * on, and sets it on the image of pod sandboxes itself.
 *
 * @example
 * ```ts
 * const pins = await images.list(field.label(LABEL_CRI_PINNED).equals("pinned")); // each keeps its whole image
 * ```
 */
export const LABEL_CRI_PINNED = "io.cri-containerd.pinned";

/**
 * Docker's classic builder sets it on the result of a build step, in the namespace `moby`: the digest of the image from
 * which the step began.
 *
 * @example
 * ```ts
 * const steps = await images.withNamespace("moby").list(field.label(LABEL_MOBY_IMAGE_PARENT).present());
 * console.log(steps.map(({ name }) => name)); // intermediate results are named moby-dangling@sha256:…
 * ```
 */
export const LABEL_MOBY_IMAGE_PARENT = "org.mobyproject.image.parent";

/**
 * Docker's classic builder sets it on the result of a build step, in the namespace `moby`: the digest of the container
 * configuration with which the step ran.
 *
 * @example
 * ```ts
 * const built = await images.withNamespace("moby").list(field.label(LABEL_MOBY_CONTAINER_CONFIG).present());
 * console.log(built.length);
 * ```
 */
export const LABEL_MOBY_CONTAINER_CONFIG = "org.mobyproject.image.containerconfig";

/** Labels that say how long one record lives, not what its content is; a second name does not inherit them. */
export const LABELS_OF_ONE_RECORD: ReadonlySet<string> = new Set([LABEL_GC_EXPIRE, LABEL_CRI_PINNED]);

/**
 * What the CRI plugin writes by itself, milliseconds after a record was made or lost the label: `managed` on all whose
 * content is there, `pinned` on the image of pod sandboxes.
 */
export const CRI_LABELS: ReadonlyMap<string, string> = new Map([
  [LABEL_CRI_IMAGE, "managed"],
  [LABEL_CRI_PINNED, "pinned"],
]);
