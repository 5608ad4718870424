import type { BenchClient } from "./clients/client.js";
import type { Figures } from "./job.js";
import { timed } from "./usage.js";

/** One list after the other: CPU and time of each. */
export function list(client: BenchClient, count: number): Promise<Figures> {
  return timed(count, async () => {
    for (let index = 0; index < count; index++) await client.list();
  });
}

/** The longest gap between two turns of the event loop while a list runs. */
export async function stall(client: BenchClient): Promise<Figures> {
  let isOver = false;
  let longestMs = 0;
  let last = performance.now();
  const turn = () => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last);
    last = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await client.list();
  isOver = true;
  turn();
  return { stallUs: longestMs * 1_000 };
}
