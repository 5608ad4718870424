import type { Image } from "../image.js";
import {
  type FieldEquality,
  hasSameEntries,
  isEqualBy,
  isSame,
  isSameDescriptor,
  isSameTime,
} from "../util/equality.js";
import type { ImageEvent } from "./events.js";

/** The records as the watch last reported them to the consumer. */
export class Store {
  readonly #images = new Map<string, Image>();

  /** Stores the record `name` as it is now, `undefined` if there is none; returns what is new to the consumer. */
  update(name: string, image: Image | undefined): ImageEvent | undefined {
    const previous = this.#images.get(name);
    if (image === undefined) {
      this.#images.delete(name);
      return previous && { type: "deleted", image: previous };
    }
    if (previous !== undefined && isEqualBy(IMAGE_EQUALITY, previous, image)) return undefined;
    this.#images.set(name, image);
    return previous === undefined ? { type: "created", image } : { type: "updated", image, previous };
  }

  /**
   * Stores a full list; yields what has changed, in the list's order, then what is deleted. It yields `undefined` for a
   * record that has not changed, so that the caller can pause.
   */
  *replace(images: readonly Image[]): Generator<ImageEvent | undefined, void, void> {
    const listed = this.#images.size > 0 ? new Set<string>() : undefined;
    for (const image of images) {
      listed?.add(image.name);
      yield this.update(image.name, image);
    }
    if (listed === undefined || listed.size === this.#images.size) return; // so nothing else is stored
    for (const name of this.#images.keys()) yield listed.has(name) ? undefined : this.update(name, undefined);
  }
}

// Comparing the timestamps is not enough, because here they have milliseconds only, and on the server nanoseconds.
const IMAGE_EQUALITY: FieldEquality<Image> = {
  name: isSame,
  updatedAt: isSameTime,
  createdAt: isSameTime,
  target: (a, b) => isSameDescriptor(a, b),
  labels: hasSameEntries,
};
