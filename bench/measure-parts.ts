import { build } from "esbuild";
import type { BenchClient } from "./clients/client.js";
import type { Figures, Job } from "./job.js";
import { NAMES, record } from "./records.js";
import { encodedRecord } from "./stub/encoded-record.js";
import { timed } from "./usage.js";

// Parts of this library alone. The codec is no entry of the package, but its sources are in it.

const DECODED_RECORDS = 10_000;
const PIECE_BYTES = 16_384;

type Codec = typeof import("../src/codec/requests.js") & typeof import("../src/codec/responses.js");
type Filters = typeof import("../src/filters/index.js");

const records = Array.from({ length: NAMES }, (_, index) => record(index));
let loaded: Promise<Codec> | undefined;
let response: Buffer | undefined;

/** Requests of creates with six labels. */
export async function encode(client: BenchClient, { count }: { readonly count: number }): Promise<Figures> {
  const { createRequest } = await codecOf(client);
  const images = records.map(({ name, labels = {}, target }) => ({
    name,
    labels,
    target: { ...target, annotations: {} },
  }));
  return timed(count, async () => {
    for (let index = 0; index < count; index++) createRequest(images[index % NAMES] ?? never(), undefined);
  });
}

/** The response to a list of 10,000, in pieces as they come from the network. */
export async function decode(client: BenchClient, { count }: { readonly count: number }): Promise<Figures> {
  const { imagesResponse } = await codecOf(client);
  response ??= Buffer.concat(Array.from({ length: DECODED_RECORDS }, (_, index) => encodedRecord(index)));
  const message = response;
  return timed(count, async () => {
    for (let index = 0; index < count; index++) {
      const pieces = imagesResponse.pieces?.() ?? never();
      for (let at = 0; at < message.length; at += PIECE_BYTES) pieces.push(message.subarray(at, at + PIECE_BYTES));
      if (pieces.end().length !== DECODED_RECORDS) never();
    }
  });
}

/** Records compared with an "or" of selectors of which none matches, so that each is tried. */
export async function matches(client: BenchClient, job: Job & { readonly kind: "matches" }): Promise<Figures> {
  const library: Filters = await import(new URL("filters.js", client.library ?? never()).href);
  const { anyOf, field } = library;
  const filter = anyOf(
    ...Array.from({ length: job.selectors }, (_, index) => field.label("env").equals(`no-${index}`)),
  );
  const images = records.map((image) => ({ labels: {}, ...image }));
  return timed(job.count, async () => {
    for (let index = 0; index < job.count; index++) {
      if (library.matches(filter, images[index % NAMES] ?? never())) never();
    }
  });
}

function codecOf({ library }: BenchClient): Promise<Codec> {
  loaded ??= bundled(new URL("../../src/codec/", library ?? never()));
  return loaded;
}

async function bundled(sources: URL): Promise<Codec> {
  const contents = 'export * from "./requests.ts"; export * from "./responses.ts";';
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: sources.pathname },
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? never())}`);
}

function never(): never {
  throw new Error("this is measured only of this library, whose responses are right");
}
