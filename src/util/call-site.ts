/** How many frames of this package there can be above the caller's. */
const MAX_OWN_FRAMES = 50;

/**
 * The folder of the package, by the file of the constructor below: in the sources, or in the build. Deno keeps a
 * package in a folder with its version as the name.
 */
const PACKAGE_FOLDER = /^(.*)\/src\/util\/call-site\.ts:|^(.*\/containerd-images(?:\/\d[^/]*)?)\/dist\//;

/**
 * Frames that occur between those of this package: of the runtime, its built-in functions, and Connect, which `raw`
 * uses.
 */
const FOREIGN_FRAME = /\(<anonymous>\)$|at async Promise\.|[ (](?:node|ext|native):|\/node_modules\/@connectrpc\//;

/**
 * The place in the user's program that has called this package.
 *
 * A stack trace has ten frames by default, and most of them would be this package's own. So more are captured, this
 * package's are cut from the top, and as many remain as the user wants (`Error.stackTraceLimit`).
 *
 * Capturing takes some microseconds. So it is only done for calls that have failed, and for calls whose errors come
 * from work in the background, where the stack does not lead to the caller. The text is made when it is needed.
 */
export class CallSite {
  readonly #captured: { readonly stack?: unknown } = {};
  readonly #limit = Error.stackTraceLimit;

  /** Captures who calls, or awaits, this package now. */
  constructor() {
    // `Error` can be frozen. Then an assignment would throw, and fewer frames are captured.
    const isRaised = this.#limit > 0 && Reflect.set(Error, "stackTraceLimit", this.#limit + MAX_OWN_FRAMES);
    Error.captureStackTrace(this.#captured);
    if (isRaised) Error.stackTraceLimit = this.#limit;
  }

  /**
   * Makes the stack trace of `error` begin at the caller. It stays as it is if the caller is not known, or if the
   * program has stack traces of another form (`Error.prepareStackTrace`).
   */
  mark<E extends Error>(error: E): E {
    try {
      const frames = this.#callerFrames();
      if (frames.length > 0) error.stack = [`${error.name}: ${error.message}`, ...frames].join("\n");
    } catch {
      // The program has frozen the error, or its own `Error.prepareStackTrace` throws, which must not hide the error.
    }
    return error;
  }

  #callerFrames(): readonly string[] {
    const { stack } = this.#captured;
    if (typeof stack !== "string") return [];
    const [, ...frames] = stack.split("\n");
    const places = frames.map((frame) => frame.replaceAll("\\", "/")); // as Windows writes them in CommonJS
    const isOwn = ownFrames(places[0] ?? "");
    const first = places.findIndex((place) => !isOwn(place) && !FOREIGN_FRAME.test(place));
    return first < 0 ? [] : frames.slice(first, first + this.#limit);
  }
}

/**
 * Recognises the frames of this package by its folder, which the frame of the constructor above shows. In a bundle it
 * recognises none, because the package and the program are in the same file.
 */
function ownFrames(constructorFrame: string): (frame: string) => boolean {
  const [, inSources, inBuild] =
    PACKAGE_FOLDER.exec(constructorFrame.slice(constructorFrame.lastIndexOf("(") + 1)) ?? [];
  const folder = inSources ?? inBuild;
  if (folder === undefined) return () => false;
  return (frame) => frame.includes(`${folder}/src/`) || frame.includes(`${folder}/dist/`);
}
