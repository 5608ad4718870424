/**
 * A record with this label expires at the time that is its value (RFC 3339). containerd reads it from 2.0 on, and adds
 * the record to the lease of the client that writes it.
 */
export const GC_EXPIRE = "containerd.io/gc.expire";

const CRI_IMAGE = "io.cri-containerd.image";
/** The kubelet never removes an image whose record has this label. */
const CRI_PINNED = "io.cri-containerd.pinned";

/** Labels that say how long one record lives, not what its content is; a second name does not inherit them. */
export const LABELS_OF_ONE_RECORD: ReadonlySet<string> = new Set([GC_EXPIRE, CRI_PINNED]);

/**
 * What the CRI plugin writes on every record in its namespace, milliseconds after the record was made or lost the label.
 */
export const CRI_LABELS: ReadonlyMap<string, string> = new Map([
  [CRI_IMAGE, "managed"],
  [CRI_PINNED, "pinned"],
]);
