import type { TestContext } from "node:test";

/** Makes the clock that deadlines are kept by show `ms` more with every call of the result. */
export function later({ mock }: TestContext, ms: number): () => void {
  const now = performance.now.bind(performance);
  let passedMs = 0;
  mock.method(performance, "now", () => now() + passedMs);
  return () => {
    passedMs += ms;
  };
}
