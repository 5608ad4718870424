import fc from "fast-check";
import { all, field, ImagesClient, parse } from "../../src/index.js";
import * as arbitrary from "./arbitraries.js";

/** One call whose arguments can be any values. */
export interface LooseCall {
  readonly method: string;
  readonly args: readonly unknown[];
  /** Makes the call; `fresh` gives a client that the call may close. */
  readonly run: (images: ImagesClient, fresh: () => ImagesClient) => unknown;
}

const { digest, loosely, looseRecord, text } = arbitrary;

const name = loosely(fc.oneof({ weight: 5, arbitrary: fc.constantFrom("a", "b") }, { weight: 1, arbitrary: text }));
const labels = loosely(fc.dictionary(text, loosely(text), { maxKeys: 3 }));
const labelPatch = loosely(fc.dictionary(text, loosely(fc.option(text)), { minKeys: 1, maxKeys: 3 }));
const target = looseRecord(
  { mediaType: text, digest, size: fc.nat().map((size) => size + 1) },
  { annotations: labels },
);
const image = looseRecord({ name, target }, { labels, createdAt: fc.date(), updatedAt: fc.date() });
const patch = looseRecord({ labels: labelPatch }, { annotations: labelPatch, target });
const signal = fc.constantFrom<unknown>(
  undefined,
  new AbortController().signal,
  AbortSignal.abort("before"),
  { aborted: false },
  { aborted: false, addEventListener: "nothing" },
);
const retry = fc.oneof(
  fc.constant(false),
  looseRecord({}, { maxAttempts: fc.integer({ min: 1, max: 3 }), baseDelayMs: fc.nat(5), maxDelayMs: fc.nat(5) }),
);
const headers = fc.dictionary(fc.constantFrom("x-a", "X-B", "x-c ", "te"), fc.constantFrom("1", "", " 2"));
const timeoutMs = fc.oneof(fc.constant(5_000), fc.integer({ min: -1, max: 5_000 }));
const sourceDateEpoch = fc.date();

function optional(options: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: options });
}

const callFields = { timeoutMs, signal, retry, headers };
const callOptions = optional(looseRecord({}, callFields));
const writeOptions = optional(looseRecord({}, { sourceDateEpoch, ...callFields }));
const ifTarget = looseRecord({ digest }, { fallback: fc.constant("check-then-delete") });
const deleteFields = { sync: fc.boolean(), ignoreMissing: fc.boolean(), ifTarget };
const deleteOptions = optional(looseRecord({}, { ...deleteFields, ...callFields }));
const filter = loosely(
  fc.constantFrom<unknown>(undefined, all, field.name.equals("a"), field.label("a").matches("b"), parse('name~="["')),
);

const upsertOptions = optional(
  looseRecord({}, { labels: fc.constantFrom("merge", "replace", "keep"), sourceDateEpoch, ...callFields }),
);
const tagOptions = optional(looseRecord({}, { force: fc.boolean(), ...callFields }));
const doomed = loosely(fc.oneof(fc.array(name, { maxLength: 3 }), filter));
const manyFields = { sync: fc.boolean(), dryRun: fc.boolean(), everything: fc.boolean(), concurrency: fc.nat(5) };
const manyOptions = optional(looseRecord({}, { ...manyFields, ...callFields }));
const condition = loosely(
  fc.oneof(fc.constantFrom(undefined, "present", "absent"), looseRecord({}, { digest, labels: labelPatch }), filter),
);
const waitOptions = looseRecord({ timeoutMs: fc.integer({ min: -1, max: 20 }) }, { signal, retry, headers });
const watchOptions = optional(
  looseRecord({}, { signal, headers, resyncIntervalMs: timeoutMs, pollIntervalMs: timeoutMs }),
);

// The shapes of the generated messages: int64 is a bigint, times have seconds and nanoseconds, masks have paths.
const rawSize = fc.bigInt({ min: -1n, max: 2n ** 63n });
const rawTarget = looseRecord({}, { mediaType: text, digest, size: rawSize, annotations: labels });
const rawTime = looseRecord(
  {},
  { seconds: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), nanos: fc.integer() },
);
const rawImage = looseRecord({}, { name, target: rawTarget, labels, createdAt: rawTime });
const paths = fc.array(fc.constantFrom<unknown>("labels", "labels.a", "target", "annotations.a", "name", "", 5));
const rawWrite = looseRecord({}, { image: rawImage, updateMask: looseRecord({ paths }), sourceDateEpoch: rawTime });
const rawRead = looseRecord(
  {},
  { name, filters: fc.array(fc.constantFrom("", "name==a", "name=", 5), { maxLength: 2 }) },
);
const rawDelete = looseRecord({}, { name, sync: fc.boolean(), target: rawTarget });

const namespace = fc.constant("default");
const count = fc.integer({ min: 0, max: 100 });
const address = fc.oneof(fc.constantFrom("/run/c.sock", "unix:///run/c.sock", "http://localhost:1"), fc.webUrl(), text);
const tls = looseRecord({}, { ca: text, cert: text, key: fc.uint8Array(), servername: text });
const clientOptions = fc.oneof(
  looseRecord({ namespace, address }, { lease: text, timeoutMs, retry, maxConcurrency: count, waitForDaemonMs: count }),
  looseRecord({ namespace, address: fc.constant("https://localhost:1"), tls }),
  looseRecord({ namespace, transport: looseRecord({ unary: fc.func(fc.anything()) }) }),
);

function loose(
  method: string,
  args: readonly fc.Arbitrary<unknown>[],
  run: (images: ImagesClient, args: readonly never[], fresh: () => ImagesClient) => unknown,
): fc.Arbitrary<LooseCall> {
  return fc.tuple(...args).map((values) => ({
    method,
    args: values,
    // JavaScript programs can pass any values, against the types.
    run: (images, fresh) => run(images, values as never[], fresh),
  }));
}

/** A call of any method, with arguments that are almost right or completely wrong. */
export const looseCall: fc.Arbitrary<LooseCall> = fc.oneof(
  loose("get", [name, callOptions], (images, [a, b]) => images.get(a as never, b)),
  loose("find", [name, callOptions], (images, [a, b]) => images.find(a as never, b)),
  loose("list", [filter, callOptions], (images, [a, b]) => images.list(a, b)),
  loose("create", [image, writeOptions], (images, [a, b]) => images.create(a as never, b)),
  loose("update", [name, patch, writeOptions], (images, [a, b, c]) => images.update(a as never, b as never, c)),
  loose("replace", [image, writeOptions], (images, [a, b]) => images.replace(a as never, b)),
  loose("delete", [name, deleteOptions], (images, [a, b]) => images.delete(a as never, b)),
  loose("iterate", [filter, callOptions], (images, [a, b]) => drained(images.iterate(a, b))),
  loose("upsert", [image, upsertOptions], (images, [a, b]) => images.upsert(a as never, b)),
  loose("tag", [name, name, tagOptions], (images, [a, b, c]) => images.tag(a as never, b as never, c)),
  loose("deleteMany", [doomed, manyOptions], (images, [a, b]) => images.deleteMany(a as never, b)),
  loose("waitFor", [name, condition, waitOptions], (_images, [a, b, c], fresh) =>
    cutShort(fresh(), (images) => images.waitFor(a as never, b, c as never)),
  ),
  loose("watch", [filter, watchOptions], (images, [a, b]) => untilSynced(images.watch(a, b))),
  loose("cache", [filter, watchOptions], (images, [a, b]) => filled(images.cache(a, b))),
  loose("raw.get", [rawRead, callOptions], (images, [a, b]) => images.raw.get(a as never, b)),
  loose("raw.list", [rawRead, callOptions], (images, [a, b]) => images.raw.list(a as never, b)),
  loose("raw.create", [rawWrite, callOptions], (images, [a, b]) => images.raw.create(a as never, b)),
  loose("raw.update", [rawWrite, callOptions], (images, [a, b]) => images.raw.update(a as never, b)),
  loose("raw.delete", [rawDelete, callOptions], (images, [a, b]) => images.raw.delete(a as never, b)),
  loose("withNamespace", [loosely(fc.constantFrom("default", "-a", ""))], (images, [a]) =>
    images.withNamespace(a as never),
  ),
  loose("withLease", [loosely(fc.string())], (images, [a]) => images.withLease(a as never)),
  loose("withTimeout", [loosely(fc.integer())], (images, [a]) => images.withTimeout(a as never)),
  loose("withRetry", [retry], (images, [a]) => images.withRetry(a as never)),
  loose("close", [optional(looseRecord({}, { graceMs: fc.integer({ min: -1, max: 10 }) }))], (_images, [a], fresh) =>
    fresh().close(a),
  ),
  loose("new", [clientOptions], (_images, [a]) => new ImagesClient(a as never)),
  loose("fromEnv", [clientOptions], (_images, [a]) => ImagesClient.fromEnv(a)),
);

async function drained(records: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of records);
}

async function untilSynced(events: AsyncIterable<{ readonly type: string }>): Promise<void> {
  for await (const { type } of events) if (type === "synced") return;
}

async function filled(cache: { readonly ready: Promise<void> } & AsyncDisposable): Promise<void> {
  await using opened = cache;
  await opened.ready;
}

// A call that may wait for days ends with its client.
async function cutShort(client: ImagesClient, use: (client: ImagesClient) => Promise<unknown>): Promise<unknown> {
  const timer = setTimeout(() => client.close({ graceMs: 0 }), 100);
  try {
    return await use(client);
  } finally {
    clearTimeout(timer);
    await client.close();
  }
}
