import { setTimeout as sleep } from "node:timers/promises";

/** A busy machine may need many seconds to start a program. */
const PATIENCE_MS = 60_000;
const POLL_INTERVAL_MS = 10;

/**
 * Calls again until it does not throw; in the end throws what was thrown last. For what another process does.
 *
 * An `assert.ok` in it needs a message: to make one, Node parses the file of the test, which can take seconds.
 */
export async function eventually<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(POLL_INTERVAL_MS);
    }
  }
}
