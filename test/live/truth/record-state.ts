import type { Image as ImageMessage } from "../../../gen/containerd/services/images/v1/images_pb.js";
import type { Image, Labels } from "../../../src/index.js";

/** All that a reader can see of a record, as JSON has it; times are nanoseconds of the epoch. */
export interface RecordState {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: string;
  readonly labels: Labels;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The record of a name at one moment; `undefined` where there is none. */
export type State = RecordState | undefined;

/** What CRI sets on every record of its namespace that it can read. */
export const CRI_LABEL = "io.cri-containerd.image";

export function stateOfMessage(image: ImageMessage): RecordState {
  const { digest = "", mediaType = "", size = 0n } = image.target ?? {};
  const time = (at: ImageMessage["createdAt"]) => String((at?.seconds ?? 0n) * 1_000_000_000n + BigInt(at?.nanos ?? 0));
  return {
    digest,
    mediaType,
    size: String(size),
    labels: sorted(image.labels),
    createdAt: time(image.createdAt),
    updatedAt: time(image.updatedAt),
  };
}

/** What the library says a record is; its times are whole milliseconds. */
export function stateOfImage({ target, labels, createdAt, updatedAt }: Image): RecordState {
  const { digest, mediaType, size } = target;
  const time = (at: Date) => String(BigInt(at.getTime()) * 1_000_000n);
  return {
    digest,
    mediaType,
    size: String(size),
    labels: sorted(labels),
    createdAt: time(createdAt),
    updatedAt: time(updatedAt),
  };
}

/** Whole milliseconds of a time in nanoseconds, as a Date would have them. */
export function msOf(time: string): number {
  return Number(BigInt(time) / 1_000_000n);
}

/** The labels but for CRI's, which it sets whoever has written the record. */
export function ownLabels({ labels }: RecordState): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => key !== CRI_LABEL));
}

export function isSameState(one: State, other: State): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function sorted(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
