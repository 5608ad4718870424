/** What a watch looks at next: one record by its name, or all of them. */
export type Task = { readonly name: string } | "everything";

/** More changed names than this are cheaper to list than to read one by one. */
const MAX_NAMES = 1_000;

/**
 * What a watch has been told and has not looked at yet.
 *
 * However slow the consumer, it holds at most {@link MAX_NAMES} names: a name that changes again is there once, and
 * with too many of them everything is to be listed instead.
 */
export class WorkQueue {
  readonly #names = new Set<string>();
  #isEverythingDue = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** How many names wait; for tests. */
  get size(): number {
    return this.#names.size;
  }

  /** The record of this name may have changed. */
  changed(name: string): void {
    if (this.#isEverythingDue) return;
    this.#names.add(name);
    if (this.#names.size > MAX_NAMES) this.everything();
    this.#wake?.();
  }

  /** Any record may have changed. */
  everything(): void {
    this.#isEverythingDue = true;
    this.#names.clear();
    this.#wake?.();
  }

  /** No more hints will come; {@link next} throws `error`, the first one that is given. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake?.();
  }

  /** Waits for what to look at next. Hints that come from here on are for the time after. */
  async next(): Promise<Task> {
    for (;;) {
      const task = this.#take();
      if (task !== undefined) return task;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #take(): Task | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#isEverythingDue) {
      this.#isEverythingDue = false;
      return "everything";
    }
    const [name] = this.#names;
    if (name === undefined) return undefined;
    this.#names.delete(name);
    return { name };
  }
}
