/**
 * Runs `use` for every item, at most `concurrency` at a time, in their order. If one rejects, no other is started, and
 * the result rejects when those that run have ended.
 */
export async function forEachPooled<T>(
  items: Iterable<T>,
  concurrency: number,
  use: (item: T) => Promise<void>,
): Promise<void> {
  const queue = each(items);
  const worker = async () => {
    for (const item of queue) await use(item);
  };
  const workers = Array.from({ length: concurrency }, worker);
  await Promise.allSettled(workers);
  await Promise.all(workers);
}

// A loop that is left ends a generator, for the other loops over it too.
function* each<T>(items: Iterable<T>): Generator<T, void, void> {
  yield* items;
}
