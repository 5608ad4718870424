import type { Image } from "../image.js";

/**
 * A record that has come, changed or gone since the watch last told of it.
 *
 * @example
 * ```ts
 * const hasMoved = ({ type, image, previous }: ImageEvent) =>
 *   type === "updated" && previous.target.digest !== image.target.digest;
 * for await (const event of images.watch()) {
 *   if (event.type === "synced") break;
 *   if (hasMoved(event)) console.log(`${event.image.name} is now ${event.image.target.digest}`);
 * }
 * ```
 */
export type ImageEvent =
  | { readonly type: "created"; readonly image: Image; readonly previous?: undefined }
  | {
      readonly type: "updated";
      readonly image: Image;
      /** The record as the watch last told of it. */
      readonly previous: Image;
    }
  | {
      readonly type: "deleted";
      /** The record as the watch last told of it. */
      readonly image: Image;
      readonly previous?: undefined;
    };

/**
 * All events so far add up to what one List has just shown.
 *
 * @example
 * ```ts
 * const names = new Set<string>();
 * for await (const event of images.watch()) {
 *   if (event.type === "synced") break; // a SyncedEvent: it has no image
 *   names.add(event.image.name);
 * }
 * [...names]; // => ["app:1"]
 * ```
 */
export interface SyncedEvent {
  readonly type: "synced";
  readonly image?: undefined;
  readonly previous?: undefined;
}

/**
 * What `watch` yields.
 *
 * @example
 * ```ts
 * const show = ({ type, image }: WatchEvent) => (type === "synced" ? "that is all" : `${type} ${image.name}`);
 * await using watch = images.watch();
 * show((await watch.next()).value ?? { type: "synced" }); // => "created app:1"
 * show((await watch.next()).value ?? { type: "synced" }); // => "that is all"
 * ```
 */
export type WatchEvent = ImageEvent | SyncedEvent;
