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

/** The records as a consumer knows them; says what is new to it. */
export class Store {
  readonly #images = new Map<string, Image>();

  /** Takes in what the record `name` is now (`undefined`: there is none); `undefined` when the consumer knows that. */
  set(name: string, image: Image | undefined): ImageEvent | undefined {
    const previous = this.#images.get(name);
    if (image === undefined) {
      this.#images.delete(name);
      return previous && { type: "deleted", image: previous };
    }
    if (previous !== undefined && isEqualBy(imageEquality, previous, image)) return undefined;
    this.#images.set(name, image);
    return previous === undefined ? { type: "created", image } : { type: "updated", image, previous };
  }

  /** Takes in a full list: what changed, in its order, then what is gone. */
  *replace(images: readonly Image[]): Generator<ImageEvent, void, void> {
    const gone = new Set(this.#images.keys());
    for (const image of images) {
      gone.delete(image.name);
      const event = this.set(image.name, image);
      if (event !== undefined) yield event;
    }
    for (const name of gone) {
      const event = this.set(name, undefined);
      if (event !== undefined) yield event;
    }
  }
}

// Timestamps alone would do, if they were not cut from nanoseconds to milliseconds here.
const imageEquality: FieldEquality<Image> = {
  name: isSame,
  updatedAt: isSameTime,
  createdAt: isSameTime,
  target: isSameDescriptor,
  labels: hasSameEntries,
};
