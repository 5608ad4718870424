/** The open connections, each by the function that breaks it. */
export class Connections {
  readonly #breakers = new Set<() => void>();

  /** Adds a connection. The result removes it. */
  add(breakOff: () => void): () => void {
    this.#breakers.add(breakOff);
    return () => this.#breakers.delete(breakOff);
  }

  /** Breaks all connections, as if the process was killed. */
  breakAll(): void {
    for (const breakOff of [...this.#breakers]) breakOff();
  }
}
