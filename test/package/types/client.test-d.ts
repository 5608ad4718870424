// Checked by tsc with the rest of the tests: every line below a @ts-expect-error must not compile, all others must.
import type { Transport } from "@connectrpc/connect";
import { type Image, ImagesClient, type ImagesClientOptions, replaceAll } from "../../../src/index.js";

declare const images: ImagesClient;
declare const image: Image;
declare const transport: Transport;
const target = { mediaType: "text/plain", digest: "sha256:00", size: 1 };

export function making(): void {
  new ImagesClient({ namespace: "default" });
  new ImagesClient({ namespace: "default", transport });
  new ImagesClient({
    namespace: "default",
    address: "https://localhost",
    tls: { ca: ["pem"], cert: new Uint8Array() },
  });
  // @ts-expect-error there is no default namespace
  new ImagesClient({});
  // @ts-expect-error options are an object
  new ImagesClient("default");
  // @ts-expect-error no such option
  new ImagesClient({ namespace: "default", socket: "/run/c.sock" });
  // @ts-expect-error milliseconds are a number
  new ImagesClient({ namespace: "default", timeoutMs: "5s" });
  // @ts-expect-error true says nothing
  new ImagesClient({ namespace: "default", retry: true });
  // @ts-expect-error the inside is not for callers
  new ImagesClient(undefined, {});
  ImagesClient.fromEnv();
  ImagesClient.fromEnv({ address: "/run/c.sock" });
}

export function undefinedIsAbsent(text: string | undefined, number: number | undefined): ImagesClientOptions {
  ImagesClient.fromEnv({ namespace: text, address: text, timeoutMs: number });
  images.withRetry({ maxAttempts: number, baseDelayMs: number, maxDelayMs: number, onRetry: undefined });
  return {
    namespace: "default",
    lease: text,
    timeoutMs: number,
    retry: undefined,
    maxConcurrency: number,
    waitForDaemonMs: number,
    address: text,
    tls: { ca: text, cert: text, key: text, servername: text },
    transport: undefined,
  };
}

export async function undefinedOptions(signal: AbortSignal | undefined, date: Date | undefined): Promise<void> {
  const options = { signal, timeoutMs: undefined, retry: undefined, headers: undefined };
  await images.get("a", options);
  await images.get("a", undefined);
  await images.list(undefined, options);
  await images.create({ name: "a", target: { ...target, annotations: undefined }, labels: undefined }, options);
  await images.create({ name: "a", target, createdAt: date, updatedAt: date }, { ...options, sourceDateEpoch: date });
  await images.update("a", { labels: undefined, annotations: undefined, target }, { sourceDateEpoch: undefined });
  await images.delete("a", { sync: undefined, ignoreMissing: undefined, ifTarget: undefined, ...options });
  await images.delete("a", { ifTarget: { digest: "sha256:00", fallback: undefined } });
  await images.close({ graceMs: undefined });
  await images.raw.get({ name: "a" }, { signal, timeoutMs: undefined, headers: undefined, onHeader: undefined });
}

export async function reading(): Promise<void> {
  const got: Image = await images.get("a");
  const found: Image | undefined = await images.find("a");
  const listed: readonly Image[] = await images.list();
  const time: number = got.createdAt.getTime() + (found?.updatedAt.getTime() ?? 0) + (listed[0]?.target.size ?? 0);
  // @ts-expect-error a name is a text
  await images.get(time);
  // @ts-expect-error find may give nothing
  (await images.find("a")).name;
  // @ts-expect-error a filter is built, or parsed, not a text
  await images.list("name==a");
  // @ts-expect-error nor an object with fields
  await images.list({ name: "a" });
  // @ts-expect-error no such option
  await images.list(undefined, { limit: 10 });
  // @ts-expect-error nor in the place of a filter
  await images.list({ limit: 10 });
  await images.list({ timeoutMs: 5_000 });
  for await (const { name } of images.iterate({ timeoutMs: 5_000 })) images.watch({ signal: AbortSignal.abort(name) });
  // @ts-expect-error a watch has no deadline
  images.watch({ timeoutMs: 5_000 });
  // @ts-expect-error a promise is no record
  images.get("a").name;
}

export async function writing(): Promise<void> {
  await images.create({ ...image, name: "b" });
  await images.create({ name: "a", target, labels: { env: "dev" } });
  // @ts-expect-error a record needs a target
  await images.create({ name: "a" });
  // @ts-expect-error a target needs all three
  await images.create({ name: "a", target: { digest: "sha256:00" } });
  // @ts-expect-error sizes are numbers; raw has bigints
  await images.create({ name: "a", target: { ...target, size: 1n } });
  // @ts-expect-error null removes, and there is nothing to remove yet
  await images.create({ name: "a", target, labels: { env: null } });
  // @ts-expect-error a Map would be sent empty
  await images.create({ name: "a", target, labels: new Map([["env", "dev"]]) });
  // @ts-expect-error the client has the namespace
  await images.create({ name: "a", target, namespace: "k8s.io" });
  // @ts-expect-error no such field
  await images.create({ name: "a", target, label: { env: "dev" } });
  // @ts-expect-error a date is a Date
  await images.create({ name: "a", target }, { sourceDateEpoch: 0 });
  // @ts-expect-error sync is for delete
  await images.create({ name: "a", target }, { sync: true });
  // @ts-expect-error a whole record
  await images.replace("a", { target });
}

export async function patching(): Promise<void> {
  await images.update("a", { labels: { env: "prod", temp: null }, annotations: { x: null }, target });
  await images.update("a", { labels: replaceAll({ env: "prod" }), annotations: replaceAll({}) });
  // @ts-expect-error the name comes first
  await images.update({ name: "a", labels: { env: "prod" } });
  // @ts-expect-error a patch is needed
  await images.update("a");
  // @ts-expect-error null removes, undefined means nothing
  await images.update("a", { labels: { env: undefined } });
  // @ts-expect-error a label is a text
  await images.update("a", { labels: { count: 1 } });
  // @ts-expect-error a whole new map has nothing to remove
  replaceAll({ env: null });
  // @ts-expect-error a record that was read may be old: say what is to change
  await images.update("a", image);
  // @ts-expect-error nor a part of it that has more than a patch
  await images.update("a", { ...image, labels: { ...image.labels, env: "prod" } });
  // @ts-expect-error a descriptor belongs into target
  await images.update("a", image.target);
  await images.update("a", { target: image.target, labels: image.labels });
  // @ts-expect-error names never change
  await images.update("a", { name: "b" });
  // @ts-expect-error a target is replaced as a whole
  await images.update("a", { target: { digest: "sha256:00" } });
}

export async function deleting(): Promise<void> {
  const wasThere: boolean = await images.delete("a", { ignoreMissing: true });
  await images.delete("a", { sync: wasThere, ifTarget: { digest: "sha256:00", fallback: "check-then-delete" } });
  await images.delete("a", { ifTarget: image.target });
  // @ts-expect-error the digest goes into an object
  await images.delete("a", { ifTarget: "sha256:00" });
  // @ts-expect-error a digest is needed
  await images.delete("a", { ifTarget: {} });
  // @ts-expect-error there is one fallback
  await images.delete("a", { ifTarget: { digest: "sha256:00", fallback: true } });
  // @ts-expect-error one name at a time
  await images.delete(["a", "b"]);
}

export async function waiting(): Promise<void> {
  const present: Image = await images.waitFor("a", { timeoutMs: 5_000 });
  const same: Image = await images.waitFor("a", present, { timeoutMs: 5_000 });
  const moved: Image = await images.waitFor("a", same.target, { timeoutMs: 5_000 });
  const gone: undefined = await images.waitFor(moved.name, "absent", { timeoutMs: 5_000 });
  // @ts-expect-error a condition needs options
  await images.waitFor("a", "present");
  // @ts-expect-error also a record
  await images.waitFor("a", present);
  // @ts-expect-error not a part of the condition
  await images.waitFor("a", { digest: "sha256:00", timeoutMs: 5_000 });
  return gone;
}

export async function deriving(): Promise<void> {
  const derived: ImagesClient = images.withNamespace("k8s.io").withLease("l").withTimeout(1).withRetry(false);
  await using scoped = derived;
  await scoped.raw.create({ image: { name: "a", target: { ...target, size: 1n } } });
  // @ts-expect-error the scope of a client never changes
  scoped.namespace = "other";
  // @ts-expect-error raw is for reading only
  scoped.raw = derived.raw;
  // @ts-expect-error raw speaks bigint
  await scoped.raw.create({ image: { name: "a", target } });
  // @ts-expect-error nothing here is thenable
  derived.then(() => {});
}

/** A class of the caller that passes on what it is given. */
export class Passing extends ImagesClient {
  override list(...args: Parameters<ImagesClient["list"]>): ReturnType<ImagesClient["list"]> {
    return super.list(...args);
  }
  override iterate(...args: Parameters<ImagesClient["iterate"]>): ReturnType<ImagesClient["iterate"]> {
    return super.iterate(...args);
  }
  override watch(...args: Parameters<ImagesClient["watch"]>): ReturnType<ImagesClient["watch"]> {
    return super.watch(...args);
  }
  override cache(...args: Parameters<ImagesClient["cache"]>): ReturnType<ImagesClient["cache"]> {
    return super.cache(...args);
  }
}

export function values(label: keyof typeof image.labels): void {
  // @ts-expect-error a label may be absent
  image.labels[label].length;
  // @ts-expect-error records are values
  image.name = "b";
  // @ts-expect-error all the way down
  image.target.digest = "sha256:00";
  // @ts-expect-error and so are their labels
  image.labels[label] = "prod";
}
