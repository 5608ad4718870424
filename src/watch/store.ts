import type { Image, Labels } from "../image.js";
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
    if (previous !== undefined && isSame(previous, image)) return undefined;
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

// Timestamps alone would do, if containerd's nanoseconds were not cut to milliseconds here.
function isSame(a: Image, b: Image): boolean {
  return (
    a.updatedAt.getTime() === b.updatedAt.getTime() &&
    a.createdAt.getTime() === b.createdAt.getTime() &&
    a.target.digest === b.target.digest &&
    a.target.mediaType === b.target.mediaType &&
    a.target.size === b.target.size &&
    hasSameEntries(a.target.annotations, b.target.annotations) &&
    hasSameEntries(a.labels, b.labels)
  );
}

function hasSameEntries(a: Labels, b: Labels): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
}
