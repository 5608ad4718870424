import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Transport } from "@connectrpc/connect";
import { ClientCalls } from "../../src/core/client-calls.js";
import { retryPolicy } from "../../src/core/client-settings.js";
import type { Connection } from "../../src/core/connection.js";
import * as defaults from "../../src/defaults.js";
import { ImagesClient } from "../../src/index.js";
import { Throttle } from "../../src/interceptors/retry/throttle.js";
import type { Call } from "../../src/rpc/call.js";
import { intercepted } from "../../src/rpc/invoker.js";
import { InMemoryImages } from "../../src/testing/index.js";
import { lazyChannel } from "../../src/transport/lazy-channel.js";
import { systemClock } from "../../src/util/clock.js";

const root = join(import.meta.dirname, "../..");

/**
 * Where the docs say a value: a file, the declaration to which it belongs in a source file, and the words around it.
 */
type Place = readonly [file: string, declaration: string, words: RegExp];

const OPTIONS = "src/options.ts";
const ERRORS_GUIDE = "docs/errors-and-retry.md";
const WATCH_GUIDE = "docs/watching.md";
const CLIENT_OPTIONS = "interface ImagesClientOptions";
const RETRY_OPTIONS = "interface RetryOptions";
const WATCH_OPTIONS = "interface WatchOptions";

const TIMEOUT: Place = [OPTIONS, "timeoutMs?", /.*@default (\d+), and \d+ for `list` and `delete` with `sync`$/];
const LONG_TIMEOUT: Place = [OPTIONS, "timeoutMs?", /.*@default \d+, and (\d+) for `list` and `delete` with `sync`$/];
const RESYNC: Place = [OPTIONS, "resyncIntervalMs?", /@default (\d+), and \d+ below containerd 2\.0/];
const OLD_RESYNC: Place = [OPTIONS, "resyncIntervalMs?", /@default \d+, and (\d+) below containerd 2\.0/];

const documented: Readonly<Record<keyof typeof defaults, readonly Place[]>> = {
  DEFAULT_ADDRESS: [[OPTIONS, "address?", /@default "(.+)"$/]],
  DEFAULT_WINDOWS_ADDRESS: [[OPTIONS, "address?", /On Windows the default is `(.+?)`/]],
  TIMEOUT_MS: [
    TIMEOUT,
    ["src/defaults.ts", "const TIMEOUT_MS", /: (10 s)\.$/],
    [ERRORS_GUIDE, "", /The default is (\d+ s)/],
  ],
  LONG_TIMEOUT_MS: [LONG_TIMEOUT, [OPTIONS, "sync?", /raises the default deadline to (\d+ s)/]],
  CLOSE_GRACE_MS: [[OPTIONS, "graceMs?", /@default (\d+)$/]],
  MAX_CONCURRENCY: [
    [OPTIONS, "maxConcurrency?", /@default (\d+)$/],
    [OPTIONS, WATCH_OPTIONS, /fewer than (\d+) streams for calls/],
    [WATCH_GUIDE, "", /fewer than (\d+) would be left for calls/],
  ],
  MAX_CONCURRENT_LISTS: [[OPTIONS, "maxConcurrency?", /at most (\d+) of them may be lists/]],
  FIRST_CONTACT_WAIT_MS: [[OPTIONS, "waitForDaemonMs?", /has reached the daemon, (\d+) before$/]],
  DENIED_WAIT_MS: [[OPTIONS, "waitForDaemonMs?", /never for more than (\d+ s)/]],
  IDLE_TIMEOUT_MS: [
    [ERRORS_GUIDE, "", /is closed after (\w+ minutes) without/],
    [OPTIONS, CLIENT_OPTIONS, /is closed after (\w+ minutes)/],
    ["src/client.ts", "class ImagesClient", /After (\w+ minutes) without a call/],
  ],
  MAX_ATTEMPTS: [[OPTIONS, "maxAttempts?", /@default (\d+)$/]],
  BASE_DELAY_MS: [[OPTIONS, "baseDelayMs?", /@default (\d+)$/]],
  MAX_DELAY_MS: [[OPTIONS, "maxDelayMs?", /@default (\d+)$/]],
  THROTTLE_TOKENS: [[OPTIONS, RETRY_OPTIONS, /takes one of (\d+) tokens/]],
  THROTTLE_TOKENS_PER_SUCCESS: [[OPTIONS, RETRY_OPTIONS, /success returns ([\d.]+),/]],
  FINAL_READ_TIMEOUT_MS: [
    [OPTIONS, "sync?", /takes up to (\d+ ms) more/],
    [ERRORS_GUIDE, "", /read back, in (\d+ ms) at most/],
  ],
  DELETE_MANY_CONCURRENCY: [[OPTIONS, "concurrency?", /@default (\d+)$/]],
  UPSERT_ROUNDS: [
    [OPTIONS, "interface UpsertOptions", /create and delete the name (\d+) times/],
    ["src/client.ts", "async upsert", /create and delete the name (\w+) times/],
  ],
  WAIT_FOR_FIRST_DELAY_MS: [[OPTIONS, "interface WaitOptions", /again after (\d+ ms)/]],
  WAIT_FOR_MAX_DELAY_MS: [[OPTIONS, "interface WaitOptions", /up to (\d+ s)\./]],
  DIAGNOSE_TIMEOUT_MS: [["src/client.ts", "async diagnose", /each for at most (\d+ s)/]],
  OTHER_DAEMON_TIMEOUT_MS: [["src/client.ts", "async diagnose", /Other daemons have (\d+ s) to respond/]],
  RESYNC_INTERVAL_MS: [RESYNC, [WATCH_GUIDE, "", /every (\w+ minutes) \(`resyncIntervalMs`\)/]],
  RESYNC_INTERVAL_BELOW_2_0_MS: [OLD_RESYNC, [WATCH_GUIDE, "", /every (\d+ s) below containerd 2\.0/]],
  POLL_INTERVAL_MS: [
    [OPTIONS, "pollIntervalMs?", /@default (\d+)$/],
    [WATCH_GUIDE, "", /lists every (\d+ s) \(`pollIntervalMs`\)/],
  ],
  KEEPALIVE_TIME_MS: [[OPTIONS, WATCH_OPTIONS, /brought nothing for (\d+ s)/]],
  KEEPALIVE_TIMEOUT_MS: [[OPTIONS, WATCH_OPTIONS, /Without a response within (\d+ s)/]],
  MAX_WATCH_CONNECTIONS: [
    [OPTIONS, WATCH_OPTIONS, /connections of their own, at most (\d+)/],
    [WATCH_GUIDE, "", /connections of their own, up to (\d+)/],
  ],
};

/** The text of a guide on one line, or the doc comments before a declaration of a source file, each on one line. */
function textsOf(file: string, declaration: string): readonly string[] {
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  if (file.endsWith(".md")) return [lines.join(" ")];
  return lines.flatMap((line, at) => (line.includes(declaration) && isCode(line) ? [commentAbove(lines, at)] : []));
}

function isCode(line: string): boolean {
  return !/^\s*(?:\*|\/\/|\/\*)/.test(line);
}

function commentAbove(lines: readonly string[], at: number): string {
  const start = lines.slice(0, at).findLastIndex((line) => line.trim().startsWith("/**"));
  const words = lines.slice(start, at).map((line) => line.replace(/^\s*(?:\/\*\*|\*\/?)|\*\/$/g, "").trim());
  return words.join(" ").trim();
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, minutes: 60_000 };
const WORDS: Readonly<Record<string, number>> = { five: 5, sixteen: 16 };

/** `5 minutes`, `sixteen` or `0.1` as a number, times in milliseconds; any other text as it is. */
function numberOf(text: string): number | string {
  const [, count = "", unit] = /^(\S+)(?: (ms|s|minutes))?$/.exec(text) ?? [];
  const number = WORDS[count] ?? Number(count);
  return Number.isNaN(number) ? text : number * (unit === undefined ? 1 : (UNITS[unit] ?? Number.NaN));
}

describe("a default is what the docs say:", () => {
  for (const [name, places] of Object.entries(documented)) {
    it(name, () => {
      const value = Reflect.get(defaults, name);
      for (const [file, declaration, words] of places) {
        const found = textsOf(file, declaration).flatMap((comment) => words.exec(comment)?.[1] ?? []);
        assert.ok(found.length > 0, `${file}: nothing at ${declaration} matches ${words}`);
        assert.deepEqual(new Set(found.map(numberOf)), new Set([value]), `${file}: ${declaration}`);
      }
    });
  }
});

/** A transport that never responds, and counts the requests that it has received. */
class SilentTransport implements Transport {
  requests = 0;
  /** Settles with the first request. */
  readonly first: Promise<void>;
  #received = (): void => {};

  constructor() {
    this.first = new Promise((resolve) => {
      this.#received = resolve;
    });
  }

  readonly stream: Transport["stream"] = () => Promise.reject(new Error("no streams"));

  readonly unary: Transport["unary"] = (_method, signal) => {
    this.requests += 1;
    this.#received();
    return new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  };
}

/** How many requests are in flight when a client does this. */
async function requestsOf(use: (images: ImagesClient) => readonly Promise<unknown>[]): Promise<number> {
  const transport = new SilentTransport();
  const images = new ImagesClient({ namespace: "default", transport });
  const calls = Promise.allSettled(use(images));
  await transport.first;
  for (let turns = 0; turns < 100; turns += 1) await turn();
  await images.close({ graceMs: 0 });
  await calls;
  return transport.requests;
}

/** Notes the deadlines of calls, and how long a close waits; it sends nothing. */
class RecordedCalls extends ClientCalls {
  readonly timeoutsMs: number[];
  readonly graces: number[] = [];

  constructor() {
    const timeoutsMs: number[] = [];
    const connection: Connection = {
      address: undefined,
      channel: intercepted(
        lazyChannel(() => assert.fail()),
        {
          unary: async (_request, call) => {
            timeoutsMs.push(timeoutOf(call));
            throw new Error("nothing is sent");
          },
        },
      ),
      eventStreams: () => Promise.reject(new Error("no streams")),
      clock: systemClock,
    };
    super(connection, { namespace: "default", lease: undefined, timeoutMs: undefined, retry: retryPolicy(undefined) });
    this.timeoutsMs = timeoutsMs;
  }

  override async close(graceMs: number): Promise<void> {
    this.graces.push(graceMs);
  }
}

/** How long a call may take, rounded to seconds, because time passes during the test. */
function timeoutOf({ deadline }: Call): number {
  const passedMs = deadline.clock.now() - deadline.startedAt.ms;
  return Math.round((passedMs + deadline.timeLeftMs()) / 1_000) * 1_000;
}

/** The time that each call of a client is given. */
async function timeoutsOf(use: (images: ImagesClient) => Promise<unknown>): Promise<readonly number[]> {
  const calls = new RecordedCalls();
  await assert.rejects(use(new ImagesClient(calls)), /nothing is sent/);
  return calls.timeoutsMs;
}

describe("a client without options", () => {
  it("gives a call 10 s, and a list and a delete with sync 60 s", async () => {
    const { TIMEOUT_MS, LONG_TIMEOUT_MS } = defaults;
    const target = { mediaType: "text/plain", digest: `sha256:${"0".repeat(64)}`, size: 1 };
    assert.deepEqual(await timeoutsOf((images) => images.get("app:1")), [TIMEOUT_MS]);
    assert.deepEqual(await timeoutsOf((images) => images.upsert({ name: "app:1", target })), [TIMEOUT_MS]);
    assert.deepEqual(await timeoutsOf((images) => images.delete("app:1")), [TIMEOUT_MS]);
    assert.deepEqual(await timeoutsOf((images) => images.delete("app:1", { sync: true })), [LONG_TIMEOUT_MS]);
    assert.deepEqual(await timeoutsOf((images) => images.list()), [LONG_TIMEOUT_MS]);
    const ifTarget = { digest: target.digest };
    assert.deepEqual(await timeoutsOf((images) => images.delete("app:1", { ifTarget })), [TIMEOUT_MS]);
    assert.deepEqual(await timeoutsOf((images) => images.delete("app:1", { ifTarget, sync: true })), [LONG_TIMEOUT_MS]);
  });

  it("gives each delete of deleteMany 10 s, and the one with sync 60 s", async () => {
    const service = new InMemoryImages();
    const target = { mediaType: "text/plain", digest: `sha256:${"0".repeat(64)}`, size: 1 };
    service.seed(["a", "b"].map((name) => ({ name, target })));
    const timeoutsMs: number[] = [];
    const transport: Transport = {
      stream: (...request) => service.transport.stream(...request),
      unary: (...request) => {
        const [method, , timeoutMs = 0] = request;
        if (method.name === "Delete") timeoutsMs.push(Math.round(timeoutMs / 1_000) * 1_000);
        return service.transport.unary(...request);
      },
    };
    const images = new ImagesClient({ namespace: "default", transport });
    await images.deleteMany(await images.list(), { sync: true });
    assert.deepEqual(timeoutsMs, [defaults.TIMEOUT_MS, defaults.LONG_TIMEOUT_MS]);
  });

  it("gives each question of diagnose 2 s", async () => {
    assert.deepEqual(await timeoutsOf((images) => images.diagnose()), [defaults.DIAGNOSE_TIMEOUT_MS]);
  });

  it("sends as many requests at a time as maxConcurrency says", async () => {
    const names = Array.from({ length: 200 }, (_, at) => `app:${at}`);
    const requests = await requestsOf((images) => names.map((name) => images.get(name)));
    assert.equal(requests, defaults.MAX_CONCURRENCY);
  });

  it("sends four lists at a time", async () => {
    const requests = await requestsOf((images) => Array.from({ length: 20 }, () => images.list()));
    assert.equal(requests, defaults.MAX_CONCURRENT_LISTS);
  });

  it("deletes eight records of deleteMany at a time", async () => {
    const names = Array.from({ length: 100 }, (_, at) => `app:${at}`);
    const requests = await requestsOf((images) => [images.deleteMany(names)]);
    assert.equal(requests, defaults.DELETE_MANY_CONCURRENCY);
  });

  it("gives calls in flight 5 s when it is closed", async () => {
    const calls = new RecordedCalls();
    await new ImagesClient(calls).close();
    assert.deepEqual(calls.graces, [defaults.CLOSE_GRACE_MS]);
  });

  it("retries as the defaults say", () => {
    assert.deepEqual(retryPolicy(undefined), {
      maxAttempts: defaults.MAX_ATTEMPTS,
      baseDelayMs: defaults.BASE_DELAY_MS,
      maxDelayMs: defaults.MAX_DELAY_MS,
      onRetry: undefined,
    });
  });
});

describe("the retry throttle", () => {
  /** How many times `change` has to happen until `holds` changes. */
  function count(change: () => void, holds: () => boolean): number {
    const before = holds();
    for (let times = 1; times < 1_000; times += 1) {
      change();
      if (holds() !== before) return times;
    }
    return assert.fail("it never changes");
  }

  it("stops retries when half of its tokens are gone, and one more success allows them again", () => {
    const throttle = new Throttle();
    const allowsRetry = () => throttle.allowsRetry();
    const failed = () => throttle.failed();
    const succeeded = () => throttle.succeeded();
    assert.equal(count(failed, allowsRetry), defaults.THROTTLE_TOKENS / 2);
    assert.equal(count(succeeded, allowsRetry), 1);
    failed();
    // A tenth of a token has been returned, and nine more are missing until more than half are there.
    assert.equal(count(succeeded, allowsRetry), 1 / defaults.THROTTLE_TOKENS_PER_SUCCESS);
  });
});
