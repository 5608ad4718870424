import * as engine from "@bufbuild/re2";

/**
 * The regexp engine.
 *
 * It is behind a function because its tables take longer to make than a first call to a daemon, and most programs match
 * no regexp. When the package is built, `scripts/bundle.mjs` replaces this file by one that loads the engine when the
 * function is first called.
 */
export function re2Engine(): typeof engine {
  return engine;
}
