// program.mjs ENTRY_POINTS [SETTING…]: makes every kind of error, under each of the settings of Error or under all, and
// prints them as JSON. Each case is in a line of its own, because its stack trace has to begin in that line.

const [entryPoints, ...wanted] = process.argv.slice(2);
const { index, filters, reference, testing } = JSON.parse(entryPoints);
const { ImagesClient, field, parse, allOf } = await import(index);
const { compile } = await import(filters);
const { parseReference } = await import(reference);
const { InMemoryImages } = await import(testing);

const away = new ImagesClient({ namespace: "default", address: "/run/nowhere.sock", waitForDaemonMs: 0 });
const memory = new ImagesClient({ namespace: "default", transport: new InMemoryImages().transport });
const closed = new ImagesClient({ namespace: "default", transport: new InMemoryImages().transport });
await closed.close();
const digest = `sha256:${"a".repeat(64)}`;
const image = { name: "app:1", target: { digest, size: 1, mediaType: "application/vnd.oci.image.index.v1+json" } };
const tooOften = { maxAttempts: 0 };

// Awaits what another line has begun.
const later = async (iteration) => {
  await new Promise(setImmediate);
  return iteration.next();
};
const drain = async (iteration) => {
  for await (const _ of iteration);
};
const deep = async (depth, call) => (depth === 0 ? await call() : await deep(depth - 1, call));

const cases = {
  get: async () => await away.get("app:1"),
  getMissing: async () => await memory.get("app:1"),
  getInvalid: async () => await away.get(""),
  getClosed: async () => await closed.get("app:1"),
  getWithoutAwait: async () => await away.get("app:1").catch((error) => error),
  getOfMany: async () => await Promise.all([away.get("app:1")]),
  getMapped: async () => await Promise.all([""].map(away.get, away)),
  find: async () => await away.find("app:1"),
  list: async () => await away.list(),
  listInvalid: async () => await away.list(parse("image==a")),
  iterate: async () => await drain(away.iterate()),
  iterateLater: async () => await later(away.iterate()),
  iterateInvalid: async () => away.iterate({ name: "a" }),
  create: async () => await away.create(image),
  createInvalid: async () => await away.create({ ...image, name: "" }),
  update: async () => await away.update("app:1", { labels: { a: "b" } }),
  updateMissing: async () => await memory.update("app:1", { labels: { a: "b" } }),
  replace: async () => await away.replace(image),
  upsert: async () => await away.upsert(image),
  tag: async () => await away.tag("app:1", "app:2"),
  delete: async () => await away.delete("app:1"),
  deleteMissing: async () => await memory.delete("app:1"),
  deleteIfTarget: async () => await away.delete("app:1", { ifTarget: { digest } }),
  deleteIfTargetMissing: async () => await memory.delete("app:1", { ifTarget: { digest } }),
  deleteMany: async () => (await away.deleteMany(["app:1", "app:2"])).results[1].error,
  deleteManyListed: async () => await away.deleteMany(field.name.present()),
  deleteManyInvalid: async () => await away.deleteMany(["app:1"], { retry: tooOften }),
  waitFor: async () => await memory.waitFor("app:1", "present", { timeoutMs: 1 }),
  waitForAway: async () => await away.waitFor("app:1", "present", { timeoutMs: 500 }),
  waitForInvalid: async () => await away.waitFor("app:1", "present", {}),
  watch: async () => await later(away.watch()),
  watchInvalid: async () => away.watch({ name: "a" }),
  watchAborted: async () => await later(memory.watch(undefined, { signal: AbortSignal.abort() })),
  cache: async () => await away.cache().ready,
  cacheRead: async () => away.cache().get("app:1"),
  cacheInvalid: async () => away.cache({ name: "a" }),
  rawGet: async () => await away.raw.get({ name: "app:1" }),
  rawList: async () => await away.raw.list({}),
  rawCreate: async () => await memory.raw.create({}),
  rawUpdate: async () => await memory.raw.update({ image: { name: "app:1" } }),
  rawDelete: async () => await memory.raw.delete({ name: "app:1" }),
  rawInvalid: async () => await away.raw.get({ name: 5 }),
  diagnose: async () => await away.diagnose({ signal: AbortSignal.abort() }),
  closeInvalid: async () => await memory.close({ graceMs: -1 }),
  constructor: async () => new ImagesClient({}),
  fromEnv: async () => ImagesClient.fromEnv({ namespace: "" }),
  withNamespace: async () => away.withNamespace(""),
  withLease: async () => away.withLease(""),
  withTimeout: async () => away.withTimeout(-1),
  withRetry: async () => away.withRetry(tooOften),
  parse: async () => parse("a=b"),
  compile: async () => compile({}),
  field: async () => field.label(""),
  oneOf: async () => field.name.oneOf("a", ""),
  allOf: async () => allOf({}),
  parseReference: async () => parseReference("a b"),
  parseReferenceOfNoText: async () => parseReference(5),
  deep: async () => await deep(20, async () => await away.get("app:1")),
  deepWithTarget: async () => await deep(20, async () => await away.delete("app:1", { ifTarget: { digest } })),
};

const LIMIT = Error.stackTraceLimit;

const SETTINGS = {
  usual: () => {},
  "no stack": () => {
    Error.stackTraceLimit = 0;
  },
  "no limit": () => {
    Error.stackTraceLimit = undefined;
  },
  "own format": () => {
    Error.prepareStackTrace = (error, frames) => `own ${error.name} ${frames.length > 0}`;
  },
  "own type": () => {
    Error.prepareStackTrace = (_error, frames) => frames;
  },
  frozen: () => Object.freeze(Error), // the last one, because it cannot be undone
};

async function outcomeOf(run) {
  const limit = Error.stackTraceLimit;
  const error = await run().then(
    (result) => result,
    (reason) => reason,
  );
  const { name, code, stack } = error;
  return { name, code, stack, isLimitKept: limit === Error.stackTraceLimit };
}

const all = {};
for (const [setting, set] of Object.entries(SETTINGS)) {
  if (wanted.length > 0 && !wanted.includes(setting)) continue;
  const { prepareStackTrace } = Error;
  set();
  const outcomes = {};
  for (const [name, run] of Object.entries(cases)) outcomes[name] = await outcomeOf(run);
  all[setting] = outcomes;
  if (Object.isFrozen(Error)) continue;
  Error.stackTraceLimit = LIMIT;
  Error.prepareStackTrace = prepareStackTrace;
}
console.log(JSON.stringify(all));
process.exit();
