/** Runs `use` for every item, at most `concurrency` at a time, in their order. */
export async function forEachPooled<T>(
  items: Iterable<T>,
  concurrency: number,
  use: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await use(next.value);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
