/**
 * What can stand in a {@link Line}. It refers to its neighbours itself, so that the line needs no object for each
 * entry.
 */
export interface Linked<T> {
  previous: T | undefined;
  next: T | undefined;
}

/** A queue that an entry can leave from anywhere in constant time: a linked list. An entry is in one line at most. */
export class Line<T extends Linked<T>> {
  #first: T | undefined;
  #last: T | undefined;

  get first(): T | undefined {
    return this.#first;
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** All entries. The one that was yielded last may be removed meanwhile, and no other. */
  *[Symbol.iterator](): Generator<T, void, void> {
    for (let entry = this.#first; entry !== undefined; ) {
      const { next } = entry;
      yield entry;
      entry = next;
    }
  }

  /** Adds an entry at the end. */
  add(entry: T): void {
    entry.previous = this.#last;
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
  }

  /** Removes an entry, which must be in this line. */
  remove(entry: T): void {
    const { previous, next } = entry;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
  }
}
