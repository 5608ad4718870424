import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImagesClient, type ImagesError, isImagesError, type RetryEvent } from "../../src/index.js";
import { type Field, FLAG } from "./frames.js";
import { digest, Peer } from "./peer.js";

const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest, size: 7 };
const httpDate = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toUTCString();

/** Each response of the peer is this status of a proxy; `use` is one call, which is aborted at its first retry. */
async function against(fields: readonly Field[], use: (images: ImagesClient, signal: AbortSignal) => Promise<unknown>) {
  using peer = await Peer.start({ answer: (stream) => void stream.headers(fields, FLAG.endStream) });
  const abort = new AbortController();
  const events: RetryEvent[] = [];
  const onRetry = (event: RetryEvent) => {
    events.push(event);
    if (event.action === "retry" && event.delayMs >= 1_000) abort.abort();
  };
  await using images = new ImagesClient({ address: peer.path, namespace: "default", retry: { onRetry } });
  const error = await use(images, abort.signal).then(
    () => assert.fail("it succeeded"),
    (reason: unknown) => (isImagesError(reason) ? reason : assert.fail(String(reason))),
  );
  return { error, events };
}

function summary({ code, outcome, attempts }: ImagesError): string {
  return `${code} ${outcome} ${attempts}`;
}

for (const status of ["429", "502", "503", "504"]) {
  const http: readonly Field[] = [[":status", status]];

  describe(`HTTP ${status} of a proxy`, () => {
    it("without retry-after is retried with the client's own back-off", async () => {
      const { error, events } = await against(http, (images, signal) => images.get("app:1", { signal }));
      assert.equal(summary(error), "unavailable not-applied 5");
      assert.equal(events.length, 4);
      assert.ok(events.every(({ delayMs }) => delayMs <= 200));
    });

    for (const [what, fields] of [
      ["seconds", [["retry-after", "5"]]],
      [
        "a date",
        [
          ["date", httpDate(0)],
          ["retry-after", httpDate(5_000)],
        ],
      ],
    ] as const) {
      it(`with ${what} in retry-after is retried after that time`, async () => {
        const { error, events } = await against([...http, ...fields], (images, signal) =>
          images.get("app:1", { signal }),
        );
        assert.equal(summary(error), "canceled not-applied 1");
        assert.ok(Math.abs((events[0]?.delayMs ?? 0) - 5_000) < 100, `${events[0]?.delayMs} ms`);
      });
    }

    it("with a retry-after beyond the deadline ends a read at once, and says so", async () => {
      const { error, events } = await against([...http, ["retry-after", "60"]], (images) => images.get("app:1"));
      assert.equal(summary(error), "unavailable not-applied 1");
      assert.match(error.message, /the server asks to wait 60000 ms, which is longer than the deadline allows/);
      assert.deepEqual(events, []);
    });

    for (const [method, write] of [
      ["create", (images: ImagesClient) => images.create({ name: "app:1", target })],
      ["delete", (images: ImagesClient) => images.delete("app:1")],
    ] as const) {
      it(`does not prove that a ${method} was not applied`, async () => {
        const { error, events } = await against([...http, ["retry-after", "60"]], write);
        assert.equal(summary(error), "unavailable unknown 1");
        assert.deepEqual(
          events.map(({ action }) => action),
          ["read-back"],
        );
      });
    }
  });
}
