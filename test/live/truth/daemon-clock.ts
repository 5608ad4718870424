import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import {
  GetImageResponseSchema,
  type Image,
  ListImagesResponseSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { EnvelopeSchema } from "../../../gen/containerd/types/event_pb.js";
import { machineNow } from "./wall-clock.js";

/** From one time to another, in milliseconds. */
export type Span = readonly [from: number, to: number];

const NANOSECONDS = 1_000_000_000n;
/** Dates that are as old are those that a writer has chosen. */
const OLDEST_MS = 86_400_000;

/**
 * The daemon's clock, as all clients see it.
 *
 * Go asks the kernel for the time, so libfaketime does not reach a daemon. Instead, each time that it tells is moved by
 * what the clock was off when the daemon took it.
 */
export class DaemonClock {
  /** How far the clock is off, each from some true time on; the last comes first. */
  readonly #settings: { readonly fromMs: number; readonly offsetMs: number }[] = [];

  /** Sets the clock to be off by so much from now on. */
  set(offsetMs: number): void {
    if (offsetMs !== this.#offsetAt(Number.POSITIVE_INFINITY))
      this.#settings.unshift({ fromMs: machineNow(), offsetMs });
  }

  /** What the clock shows from one true time to another: two spans, if it was set in between. */
  shown(fromMs: number, toMs: number): readonly Span[] {
    const steps = this.#settings.map((setting) => setting.fromMs).filter((ms) => ms > fromMs && ms < toMs);
    const times = [fromMs, ...steps.reverse(), toMs];
    return times.slice(1).map((end, index) => {
      const start = times[index] ?? fromMs;
      const offsetMs = this.#offsetAt(start);
      return [start + offsetMs, end + offsetMs];
    });
  }

  /** A message of the daemon with the times of this clock. */
  move(path: string, bytes: Buffer): Uint8Array {
    if (this.#settings.length === 0) return bytes;
    switch (path.slice(path.lastIndexOf(".") + 1)) {
      case "Images/Get":
      case "Images/Create":
      case "Images/Update": {
        const message = fromBinary(GetImageResponseSchema, bytes); // all three have the record in their first field
        this.#moveImage(message.image);
        return toBinary(GetImageResponseSchema, message);
      }
      case "Images/List": {
        const message = fromBinary(ListImagesResponseSchema, bytes);
        for (const image of message.images) this.#moveImage(image);
        return toBinary(ListImagesResponseSchema, message);
      }
      case "Events/Subscribe": {
        const message = fromBinary(EnvelopeSchema, bytes);
        if (message.timestamp !== undefined) message.timestamp = this.#moved(message.timestamp);
        return toBinary(EnvelopeSchema, message);
      }
      default:
        return bytes;
    }
  }

  #moveImage(image: Image | undefined): void {
    if (image?.createdAt !== undefined) image.createdAt = this.#moved(image.createdAt);
    if (image?.updatedAt !== undefined) image.updatedAt = this.#moved(image.updatedAt);
  }

  #moved(at: Timestamp): Timestamp {
    const ns = at.seconds * NANOSECONDS + BigInt(at.nanos);
    const ms = Number(ns / 1_000_000n);
    if (Math.abs(machineNow() - ms) > OLDEST_MS) return at;
    const moved = ns + BigInt(this.#offsetAt(ms)) * 1_000_000n;
    return create(TimestampSchema, { seconds: moved / NANOSECONDS, nanos: Number(moved % NANOSECONDS) });
  }

  #offsetAt(ms: number): number {
    return this.#settings.find(({ fromMs }) => fromMs <= ms)?.offsetMs ?? 0;
  }
}
