import type { NewImage } from "../../../src/image.js";
import type { Version } from "../../support/daemon/daemon.js";
import { GoProgram } from "./go-program.js";

/** What to ask of Go; of each list the answer has one of the same length. */
export interface Question {
  readonly images?: readonly NewImage[];
  /** Each as a List carries them, decided for every image. */
  readonly filters?: readonly (readonly string[])[];
  readonly regexps?: readonly string[];
  /** To be read as RFC 3339. */
  readonly times?: readonly string[];
  /** Format strings that get no arguments. */
  readonly formats?: readonly string[];
  /** To be written as `%q` writes them. */
  readonly quotes?: readonly string[];
}

/** What containerd says about filters: why it refuses them, or a character for each image, 1 where they match. */
export interface Verdict {
  readonly error: string;
  readonly matches: string;
}

/** A time as Go reads it, or why it does not. */
export interface Moment {
  readonly error: string;
  readonly seconds: string;
  readonly nanos: number;
}

export interface Answer {
  /** The version of Go. */
  readonly go: string;
  readonly filters: readonly Verdict[];
  /** Why each does not compile; "" for those that do. */
  readonly regexps: readonly string[];
  readonly times: readonly Moment[];
  readonly formats: readonly string[];
  readonly quotes: readonly string[];
}

/** The filters package of a containerd, compiled with the Go that Debian compiles that containerd with. */
export class GoOracle implements AsyncDisposable {
  readonly version: Version;
  readonly #program: GoProgram;

  private constructor(version: Version, program: GoProgram) {
    this.version = version;
    this.#program = program;
  }

  /** Compiles it, which takes some ten seconds the first time, and starts it; fetches Go first where it is missing. */
  static async start(version: Version): Promise<GoOracle> {
    const tags = version.startsWith("1.") ? [] : ["containerd2"];
    return new GoOracle(version, await GoProgram.start("program", { version, tags }));
  }

  /** The next question is answered after the one before. */
  async ask({ images = [], ...rest }: Question): Promise<Answer> {
    return (await this.#program.ask({ images: images.map(flatten), ...rest })) as Answer; // the type that the program has
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program[Symbol.asyncDispose]();
  }
}

function flatten({ name, labels = {}, target: { digest, mediaType, annotations = {} } }: NewImage) {
  return { name, digest, mediaType, labels, annotations };
}
