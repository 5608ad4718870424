/**
 * What other libraries and programs call a field, in lower case and without separators, and what this library calls it.
 * Of several names the first that the object knows is suggested.
 */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  // options of a call
  abort: ["signal"],
  abortcontroller: ["signal"],
  abortsignal: ["signal"],
  cancel: ["signal"],
  controller: ["signal"],
  deadline: ["timeoutMs"],
  deadlinems: ["timeoutMs"],
  timeoutmillis: ["timeoutMs"],
  timeoutseconds: ["timeoutMs"],
  timeoutsec: ["timeoutMs"],
  metadata: ["headers", "labels"],
  attempts: ["maxAttempts", "retry"],
  maxattempts: ["retry"],
  maxretries: ["maxAttempts", "retry"],
  numretries: ["maxAttempts", "retry"],
  retries: ["maxAttempts", "retry"],
  tries: ["maxAttempts", "retry"],
  backoff: ["baseDelayMs"],
  backoffms: ["baseDelayMs"],
  delay: ["baseDelayMs"],
  delayms: ["baseDelayMs"],
  initialbackoff: ["baseDelayMs"],
  initialdelay: ["baseDelayMs"],
  mintimeout: ["baseDelayMs"],
  startingdelay: ["baseDelayMs"],
  maxbackoff: ["maxDelayMs"],
  maxtimeout: ["maxDelayMs"],
  onfailedattempt: ["onRetry"],
  // options of a client
  baseurl: ["address"],
  endpoint: ["address"],
  host: ["address", "servername"],
  path: ["address"],
  socket: ["address"],
  socketpath: ["address"],
  url: ["address"],
  ns: ["namespace"],
  leaseid: ["lease"],
  concurrency: ["maxConcurrency"],
  maxconcurrency: ["concurrency"],
  maxconcurrent: ["maxConcurrency", "concurrency"],
  maxinflight: ["maxConcurrency", "concurrency"],
  parallelism: ["maxConcurrency", "concurrency"],
  credentials: ["tls"],
  ssl: ["tls"],
  authority: ["ca", "servername"],
  cacert: ["ca"],
  cafile: ["ca"],
  rootcerts: ["ca"],
  certificate: ["cert"],
  certchain: ["cert"],
  clientcert: ["cert"],
  certfile: ["cert"],
  crt: ["cert"],
  clientkey: ["key"],
  keyfile: ["key"],
  privatekey: ["key"],
  hostname: ["servername", "address"],
  servernameoverride: ["servername"],
  sni: ["servername"],
  // options of single methods
  dry: ["dryRun"],
  all: ["everything"],
  ifdigest: ["ifTarget"],
  ifmatch: ["ifTarget"],
  ignorenotfound: ["ignoreMissing"],
  missingok: ["ignoreMissing"],
  synchronous: ["sync"],
  wait: ["sync"],
  overwrite: ["force"],
  interval: ["pollIntervalMs"],
  pollms: ["pollIntervalMs"],
  resyncperiod: ["resyncIntervalMs"],
  gracems: ["graceMs"],
  graceperiod: ["graceMs"],
  timeout: ["timeoutMs", "graceMs"],
  timeoutms: ["graceMs"],
  // fields of a record
  descriptor: ["target"],
  manifest: ["target"],
  hash: ["digest"],
  sha256: ["digest"],
  bytes: ["size"],
  length: ["size"],
  type: ["mediaType"],
  tags: ["labels"],
};

/** The known name that a caller most likely means by an unknown one; `undefined` if none is near. */
export function nearestName(unknown: string, known: readonly string[]): string | undefined {
  const plain = plainOf(unknown);
  const others = Object.hasOwn(OTHER_NAMES, plain) ? (OTHER_NAMES[plain] ?? []) : [];
  return others.find((name) => known.includes(name)) ?? nearestSpelling(plain, known);
}

function nearestSpelling(plain: string, known: readonly string[]): string | undefined {
  if (plain.length > 40) return undefined;
  const distances = known.map((name) => ({ name, distance: editDistance(plain, plainOf(name)) }));
  const near = distances.filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 4)));
  return near.sort((a, b) => a.distance - b.distance)[0]?.name;
}

function plainOf(name: string): string {
  return name.replace(/[-_]/g, "").toLowerCase();
}

/** How many characters have to be inserted, removed, replaced, or swapped with the next one, to make `b` of `a`. */
function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const steps = [at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (isSame ? 0 : 1)];
      row.push(Math.min(...steps, isSwap ? at(beforeLast, j - 2) + 1 : Number.POSITIVE_INFINITY));
    }
    [beforeLast, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
