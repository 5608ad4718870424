/** What other libraries and programs call a field: in lower case, without separators and unit, with spaces between. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  // options of a call
  signal: "abort abortcontroller abortsignal cancel controller",
  timeoutMs: "deadline",
  headers: "metadata",
  retry: "attempts maxattempts maxretries numretries retries tries",
  maxAttempts: "maxretries numretries retries retry tries",
  baseDelayMs: "backoff initialbackoff initialdelay mintimeout startingdelay",
  maxDelayMs: "maxbackoff maxtimeout",
  onRetry: "onfailedattempt",
  // options of a client
  address: "baseurl daemon endpoint host hostname path socket socketpath url",
  namespace: "name ns",
  lease: "leaseid",
  maxConcurrency: "maxinflight parallelism",
  dial: "connect createconnection",
  tls: "ca cacert cafile cert certificate clientcert credentials key rootcerts ssl",
  ca: "authority cacert cafile rootcerts",
  cert: "certificate certchain certfile clientcert crt",
  key: "clientkey keyfile privatekey",
  servername: "host hostname servernameoverride sni",
  // options of single methods
  concurrency: "maxconcurrency maxconcurrent maxinflight parallelism",
  dryRun: "dry",
  everything: "all",
  ifTarget: "ifdigest ifmatch",
  ignoreMissing: "ignorenotfound missingok",
  sync: "synchronous wait",
  force: "overwrite",
  pollIntervalMs: "interval",
  resyncIntervalMs: "resyncperiod",
  graceMs: "graceperiod timeout",
  // fields of a record
  target: "descriptor manifest",
  digest: "hash sha256",
  size: "bytes length",
  labels: "metadata tags",
};

/** What other libraries take with each call, and this one takes with the client. */
const OF_CLIENTS = new Map([
  ["namespace", "withNamespace()"],
  ["lease", "withLease()"],
]);

/** What a caller most likely means by an unknown name; `undefined` if nothing is near. */
export function nearestName(unknown: string, known: readonly string[]): string | undefined {
  const plain = plainOf(unknown);
  const bare = plain.replace(/(?:ms|millis|sec|seconds)$/, "");
  const isOtherName = (name: string) => OTHER_NAMES[name]?.split(" ").includes(bare);
  const nearest =
    known.find(isOtherName) ?? nearestSpelling(unknown, known) ?? known.find((name) => isPart(bare, name));
  return nearest ?? (known.includes("signal") ? OF_CLIENTS.get(bare) : undefined);
}

/**
 * Whether the name begins so, or this is a word of it, maybe without its s: `delay` means `baseDelayMs`, but `port`
 * does not mean `transport`, nor `name` `angleNamedGroups`.
 */
function isPart(bare: string, name: string): boolean {
  const at = plainOf(name).indexOf(bare);
  return (
    bare.length > 3 && (at === 0 || (/[A-Z]/.test(name.charAt(at)) && !/[a-rt-z]/.test(name.charAt(at + bare.length))))
  );
}

/** The known name of which this one is most likely a misspelling; `undefined` if it is near to none. */
export function nearestSpelling(unknown: string, known: readonly string[]): string | undefined {
  const plain = plainOf(unknown);
  if (plain.length > 40) return undefined;
  const distances = known.map((name) => ({ name, distance: editDistance(plain, plainOf(name)) }));
  const near = distances.filter(({ name, distance }) => distance <= mostChanges(plain, name));
  return near.sort((a, b) => a.distance - b.distance)[0]?.name;
}

/** Of a short name, one letter more or less makes another word: `async` does not mean `sync`. */
function mostChanges(plain: string, name: string): number {
  if (name.length > 4) return Math.floor(name.length / 4);
  return name.length === 4 && plain.length === 4 ? 1 : 0;
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
