import { listRequest } from "../codec/requests.js";
import { imagesResponse } from "../codec/responses.js";
import type { ClientCalls, SendOptions } from "../core/client-calls.js";
import { ImagesError } from "../errors.js";
import { compile, type Filter, matches } from "../filters/index.js";
import type { Image } from "../image.js";
import { tooLargeHint } from "../interceptors/call-hint.js";
import { atCaller, failureOf, keepFailure } from "../interceptors/error-of-call.js";
import { isTooLarge } from "../interceptors/too-large.js";
import type { AttemptCount } from "../rpc/call.js";
import { cancellationOf } from "../rpc/deadline.js";
import { CallSite } from "../util/call-site.js";
import { nextTurn, RECORDS_PER_TURN } from "../util/next-turn.js";
import { mergeByUtf8 } from "../util/utf8-order.js";
import { allNames, type NamePartition } from "./name-partition.js";

/** Dividing ends with this name if a rate limit refuses every List. */
const FIRST_NAME = "\0";

/** Reads the records that a filter matches, ordered by name, in as many Lists as it takes. */
export async function listImages(
  calls: ClientCalls,
  method: string,
  filter: Filter,
  options: SendOptions,
): Promise<readonly Image[]> {
  const attempts = options.attempts ?? { total: 0 };
  const parts: Image[][] = [];
  for await (const images of listParts(calls, method, filter, { ...options, attempts })) parts.push(images);
  const [first = [], ...others] = parts;
  return others.length === 0 ? first : inOrder(parts, abortCheck(calls, method, options.signal, attempts));
}

/** All records of the parts, which are in order themselves. */
async function inOrder(parts: readonly Image[][], throwIfAborted: () => void): Promise<Image[]> {
  const images: Image[] = [];
  for (const image of mergeByUtf8(parts, ({ name }) => name)) {
    if (images.push(image) % RECORDS_PER_TURN !== 0) continue;
    await nextTurn();
    throwIfAborted();
  }
  return images;
}

/** The same records one by one, until the signal aborts. They are not in order if it takes several Lists. */
export function eachImage(
  calls: ClientCalls,
  method: string,
  filter: Filter,
  options: SendOptions,
): AsyncGenerator<Image, void> {
  const attempts = { total: 0 };
  const parts = listParts(calls, method, filter, { ...options, attempts });
  return flattened(parts, abortCheck(calls, method, options.signal, attempts), new CallSite());
}

/** A function that throws once the signal has aborted, for when no List is on its way. */
function abortCheck(
  calls: ClientCalls,
  method: string,
  signal: AbortSignal | undefined,
  attempts: AttemptCount,
): () => void {
  return () => {
    if (signal?.aborted !== true) return;
    throw atCaller(calls.canceledError(method, cancellationOf(signal.reason), attempts));
  };
}

// The first request is sent when the first record is awaited, which can be far from the call.
async function* flattened(
  parts: AsyncIterable<Image[]>,
  throwIfAborted: () => void,
  callSite: CallSite,
): AsyncGenerator<Image, void> {
  try {
    for await (const images of parts) {
      for (const image of emptied(images)) {
        throwIfAborted();
        yield image;
      }
    }
  } catch (error) {
    throw atCaller(error, callSite);
  }
}

// Yields the records in order, and removes each from the array: whoever still has the array, such as a suspended
// function, then keeps no record in memory that the program has let go.
function* emptied(images: Image[]): Generator<Image, void> {
  images.reverse();
  for (let image = images.pop(); image !== undefined; image = images.pop()) yield image;
}

/**
 * Reads the records that a filter matches, List by List. Each array is the caller's, and nothing else needs it.
 *
 * The first List asks for all of them. The server rejects a List whose response would be over 16 MiB, and it has no
 * paging; then the names are divided and each part is listed, and divided again until its response fits. A name is
 * always in the same part, so a record that exists throughout is in exactly one response, whatever else changes.
 */
async function* listParts(
  calls: ClientCalls,
  method: string,
  filter: Filter,
  options: SendOptions,
): AsyncGenerator<Image[], void> {
  const filters = compile(filter);
  const pending = [allNames];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    const request = listRequest(andCondition(filters, compile(part.filter)));
    const response = await calls
      .send(method, request, options, imagesResponse)
      .then((images) => filtered(images, filter))
      .catch(unlessTooLarge);
    if (!(response instanceof ImagesError)) {
      yield response;
      continue;
    }
    const smaller = part.split();
    if (smaller.length === 0) throw naming(part, response);
    pending.push(...smaller.toReversed());
  }
}

/** The same error, with a hint that names the record that is too large. */
function naming({ name = FIRST_NAME }: NamePartition, error: ImagesError): ImagesError {
  const failure = failureOf(error);
  if (name === FIRST_NAME || failure === undefined) return error;
  const { message, cause, stack } = error;
  const named = new ImagesError(message, { ...error, cause, hint: tooLargeHint(name) });
  return keepFailure(Object.assign(named, { stack }), failure);
}

/** The filter strings with one more condition in each. No strings mean that everything matches. */
function andCondition(filters: readonly string[], conditions: readonly string[]): readonly string[] {
  const [condition] = conditions;
  if (condition === undefined) return filters;
  if (filters.length === 0) return [condition];
  return filters.map((filter) => `${filter},${condition}`);
}

// After a rate limit, dividing ends soon, at the smallest part, and that error is thrown.
function unlessTooLarge(error: unknown): ImagesError {
  if (isTooLarge(error)) return error;
  throw error;
}

// Records without timestamps come from a service of 2017, which ignores filters, so they are filtered here. Elsewhere
// this changes nothing.
function filtered(images: Image[], filter: Filter): Image[] {
  const isUnfiltered = images.some((image) => image.createdAt.getTime() === 0);
  return isUnfiltered ? images.filter((image) => matches(filter, image)) : images;
}
