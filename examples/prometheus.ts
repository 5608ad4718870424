// A Prometheus exporter: how many records a namespace has, and how the calls of the client end, at /metrics.
//
//   PORT=9464 npx tsx examples/prometheus.ts
//   curl http://127.0.0.1:9464/metrics
//
// It needs prom-client. To measure the client of your own program, copy the three metrics and their two subscriptions.
import { subscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AttemptTrace, type CallTrace, ImagesClient } from "containerd-images";
import { Counter, Gauge, Histogram, register } from "prom-client";

// The labels have few values each: a name of an image would make a time series of every image.
const callDuration = new Histogram({
  name: "containerd_images_call_duration_seconds",
  help: "Time that RPCs took, with their retries",
  labelNames: ["method", "code"],
  buckets: [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 60],
});
const unknownOutcomes = new Counter({
  name: "containerd_images_unknown_outcomes_total",
  help: "RPCs of which it is not known whether their change was made",
  labelNames: ["method"],
});
const attempts = new Counter({
  name: "containerd_images_attempts_total",
  help: "Requests, by their status and by what of them reached the server",
  labelNames: ["method", "code", "evidence"],
});

subscribe("tracing:containerd-images:call:asyncEnd", (message) => {
  const { method, code = "unknown", outcome, durationMs = 0 } = message as CallTrace;
  callDuration.observe({ method, code }, durationMs / 1_000);
  if (outcome === "unknown") unknownOutcomes.inc({ method });
});
subscribe("tracing:containerd-images:attempt:asyncEnd", (message) => {
  const { method, code = "unknown", evidence = "no-answer" } = message as AttemptTrace;
  attempts.inc({ method, code, evidence });
});

await using images = ImagesClient.fromEnv();
await using cache = images.cache();
await cache.ready;

new Gauge({
  name: "containerd_images_records",
  help: "Records of the namespace",
  collect() {
    this.set(cache.size);
  },
});
new Gauge({
  name: "containerd_images_last_synced_timestamp_seconds",
  help: "When the records were last listed; old if the daemon is away",
  collect() {
    this.set((cache.lastSyncedAt?.getTime() ?? 0) / 1_000);
  },
});

const server = createServer((request, response) => {
  // After a failure that no retry can help, such as a lost right, the cache throws: Prometheus then reports this
  // target.
  respond(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
});
server.listen(Number(process.env["PORT"] ?? 9464), "127.0.0.1");
await once(server, "listening");
console.log("metrics at", server.address());

await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
server.close();
server.closeAllConnections();

async function respond({ url }: IncomingMessage, response: ServerResponse): Promise<void> {
  if (url !== "/metrics") {
    response.writeHead(404).end();
    return;
  }
  response.setHeader("content-type", register.contentType);
  response.end(await register.metrics());
}
