import * as engine from "@bufbuild/re2";

/** The regexp engine. As published it is built in, and its code runs at the first call: see scripts/bundle.mjs. */
export function re2Engine(): typeof engine {
  return engine;
}
