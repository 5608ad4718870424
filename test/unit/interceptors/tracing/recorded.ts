import { tracingChannel } from "node:diagnostics_channel";
import type { AttemptTrace, CallTrace } from "../../../../src/index.js";

/** A message of either channel, with the properties that Node adds. */
type Message = Partial<CallTrace & AttemptTrace & { readonly result: unknown; readonly error: unknown }>;

const events = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;

/**
 * Everything that a tracing channel publishes while `action` runs: the events with a copy of each message, and the
 * messages.
 */
export async function recorded(channels: readonly string[], action: () => Promise<unknown>) {
  const seen: { channel: string; event: string; message: Message }[] = [];
  const stops = channels.map((channel) => {
    const listeners = Object.fromEntries(
      events.map((event) => [event, (message: Message) => seen.push({ channel, event, message: { ...message } })]),
    );
    // One listener for each of the five events.
    const subscribers = listeners as unknown as Parameters<ReturnType<typeof tracingChannel>["subscribe"]>[0];
    tracingChannel(channel).subscribe(subscribers);
    return () => tracingChannel(channel).unsubscribe(subscribers);
  });
  try {
    await action();
  } finally {
    for (const stop of stops) stop();
  }
  return seen;
}
