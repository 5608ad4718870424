/** What to read next: one record by its name, or all of them. */
export type Task = { readonly name: string } | "relist";

/** Reading more records than this one by one costs more than a list. */
const MAX_NAMES = 1_000;

/**
 * What has changed on the server and has not been read yet.
 *
 * It stays small however slow the consumer is: a name that changes again is in it once, and with more than
 * {@link MAX_NAMES} names it asks for one relist instead.
 */
export class WorkQueue {
  readonly #names = new Set<string>();
  #needsRelist = false;
  #shutDown: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** How many names are in the queue; for tests. */
  get size(): number {
    return this.#names.size;
  }

  get isShutDown(): boolean {
    return this.#shutDown !== undefined;
  }

  /** The record of this name may have changed. */
  add(name: string): void {
    if (this.#needsRelist) return;
    this.#names.add(name);
    if (this.#names.size > MAX_NAMES) this.requestRelist();
    else this.#wake?.();
  }

  /** Any record may have changed. */
  requestRelist(): void {
    this.#needsRelist = true;
    this.#names.clear();
    this.#wake?.();
  }

  /** Lets every {@link get} from now on reject with `error`; only the first call counts. */
  shutDown(error: unknown): void {
    this.#shutDown ??= { error };
    this.#wake?.();
  }

  /** Waits for the next task and removes it: a change that is added later is a task of its own. */
  async get(): Promise<Task> {
    for (;;) {
      const task = this.#shift();
      if (task !== undefined) return task;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #shift(): Task | undefined {
    if (this.#shutDown !== undefined) throw this.#shutDown.error;
    if (this.#needsRelist) {
      this.#needsRelist = false;
      return "relist";
    }
    const [name] = this.#names;
    if (name === undefined) return undefined;
    this.#names.delete(name);
    return { name };
  }
}
