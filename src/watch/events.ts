import type { Image } from "../image.js";

/**
 * A record that was created, updated or deleted since the watch last reported it.
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
      /** The record as the watch last reported it. */
      readonly previous: Image;
    }
  | {
      readonly type: "deleted";
      /** The record as the watch last reported it. */
      readonly image: Image;
      readonly previous?: undefined;
    };

/**
 * The watch has just read a full list: the events before this one add up to that list.
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
 * const show = ({ type, image }: WatchEvent) => (type === "synced" ? "all so far" : `${type} ${image.name}`);
 * await using watch = images.watch();
 * show((await watch.next()).value ?? { type: "synced" }); // => "created app:1"
 * show((await watch.next()).value ?? { type: "synced" }); // => "all so far"
 * ```
 */
export type WatchEvent = ImageEvent | SyncedEvent;
