import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where what is fetched is kept, outside the checkout: `CONTAINERD_IMAGES_CACHE`, or below the user's cache folder. */
export function cacheDir(): string {
  const { CONTAINERD_IMAGES_CACHE: own, XDG_CACHE_HOME: cache } = process.env;
  return resolve(own || join(cache || join(homedir(), ".cache"), "containerd-images"));
}
