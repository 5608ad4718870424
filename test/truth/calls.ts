import { field, type ImagesClient, ImagesError, type NewDescriptor, replaceAll } from "../../src/index.js";
import type { Asked } from "./asked.js";
import type { Report, Trial } from "./judge.js";
import { stateOfImage } from "./record-state.js";
import type { MethodName, Scene } from "./scene.js";
import type { Written } from "./writer.js";

/** The date that calls ask for. */
export const EPOCH = new Date(Date.UTC(2021, 5, 1, 12, 0, 0, 7));

/** Two contents to point at. CRI labels what points at the first one, if that is there. */
export interface Targets {
  readonly first: NewDescriptor;
  readonly second: NewDescriptor;
}

/** One call of the library, and what it is to bring about. */
export interface CallUnderTest extends Pick<Trial, "kind" | "asked" | "ifDigest"> {
  /** The record as it is before, unless the scene wants another. */
  readonly before: Written;
  /** A record that is as asked for. */
  readonly wanted: Written;
  run(images: ImagesClient, name: string): Promise<Report>;
}

const DEV = { env: "dev" };
const PROD = { env: "prod" };

/** The call that a scene is about. */
export function callOf({ method }: Pick<Scene, "method">, targets: Targets): CallUnderTest {
  const { first, second } = targets;
  const before = { target: first, labels: DEV };
  const dated = method.includes("epoch") ? { sourceDateEpoch: EPOCH } : {};
  const asked = { ...askedBy(method, targets), ...(method.includes("epoch") && { epochMs: EPOCH.getTime() }) };
  const wanted = { target: asked.target ?? first, labels: asked.labels ?? DEV };
  const base = { before, wanted, asked };
  switch (method) {
    case "create":
    case "create-epoch":
      return { ...base, kind: "create", run: (images, name) => image(images.create({ name, ...wanted }, dated)) };
    case "update-label":
    case "update-label-epoch":
      return { ...base, kind: "update", run: (images, name) => image(images.update(name, { labels: PROD }, dated)) };
    case "update-target":
      return { ...base, kind: "update", run: (images, name) => image(images.update(name, { target: second })) };
    case "update-all-labels":
      return {
        ...base,
        kind: "update",
        run: (images, name) => image(images.update(name, { labels: replaceAll(PROD) })),
      };
    case "replace":
    case "replace-epoch":
      return { ...base, kind: "update", run: (images, name) => image(images.replace({ name, ...wanted }, dated)) };
    case "upsert":
    case "upsert-epoch":
    case "upsert-replace": {
      const labels = method === "upsert-replace" ? "replace" : "merge";
      return { ...base, kind: "upsert", run: (images, name) => upserted(images, name, wanted, { ...dated, labels }) };
    }
    case "tag":
      return { ...base, kind: "create", run: (images, name) => image(images.tag(sourceOf(name), name)) };
    case "tag-force":
      return {
        ...base,
        kind: "upsert",
        run: (images, name) => image(images.tag(sourceOf(name), name, { force: true })),
      };
    case "delete":
    case "delete-sync":
      return { ...base, kind: "delete", run: (images, name) => deleted(images, name, { sync: method !== "delete" }) };
    case "delete-if":
    case "delete-if-sync": {
      const ifTarget = { digest: first.digest, fallback: "check-then-delete" } as const;
      const options = { sync: method !== "delete-if", ifTarget };
      return { ...base, kind: "delete", ifDigest: first.digest, run: (images, name) => deleted(images, name, options) };
    }
    case "delete-many-names":
      return { ...base, kind: "delete", run: (images, name) => deletedMany(images, [name]) };
    case "delete-many-records":
      return {
        ...base,
        kind: "delete",
        ifDigest: first.digest,
        run: (images, name) => deletedMany(images, [{ name, target: first }]),
      };
    case "delete-many-filter":
      return {
        ...base,
        kind: "delete",
        run: (images, name) => deletedMany(images, field.name.equals(name).and(field.label("env").equals("dev"))),
      };
  }
}

/** The record that a tag copies. */
export function sourceOf(name: string): string {
  return `${name}-source`;
}

/** Whether the call reads a record of that other name, which has to be there. */
export function hasSource(method: MethodName): boolean {
  return method.startsWith("tag");
}

function askedBy(method: MethodName, { first, second }: Targets): Asked {
  switch (method) {
    case "create":
    case "create-epoch":
    case "tag":
    case "tag-force":
    case "upsert-replace":
      return { target: first, labels: PROD, isWhole: true };
    case "upsert":
    case "upsert-epoch":
      return { target: first, labels: PROD, isWhole: false };
    case "replace":
    case "replace-epoch":
      return { target: second, labels: PROD, isWhole: true };
    case "update-label":
    case "update-label-epoch":
      return { labels: PROD, isWhole: false };
    case "update-all-labels":
      return { labels: PROD, isWhole: true };
    case "update-target":
      return { target: second, isWhole: false };
    default:
      return { isWhole: false };
  }
}

async function reported(run: () => Promise<Report>): Promise<Report> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ImagesError)) throw error;
    return { is: "error", code: error.code, outcome: error.outcome };
  }
}

function image(answer: ReturnType<ImagesClient["create"]>): Promise<Report> {
  return reported(async () => ({ is: "success", image: stateOfImage(await answer) }));
}

function upserted(
  images: ImagesClient,
  name: string,
  record: Written,
  options: Parameters<ImagesClient["upsert"]>[1],
): Promise<Report> {
  return reported(async () => {
    const { image, created } = await images.upsert({ name, ...record }, options);
    return { is: "success", image: stateOfImage(image), created };
  });
}

function deleted(images: ImagesClient, name: string, options: Parameters<ImagesClient["delete"]>[1]): Promise<Report> {
  return reported(async () => {
    const wasThere = await images.delete(name, { ...options, ignoreMissing: true });
    return wasThere ? { is: "success" } : { is: "left-alone", why: "missing" };
  });
}

function deletedMany(images: ImagesClient, which: Parameters<ImagesClient["deleteMany"]>[0]): Promise<Report> {
  return reported(async () => {
    const [result] = (await images.deleteMany(which)).results;
    switch (result?.status) {
      case undefined: // the filter has found nothing
      case "missing":
        return { is: "left-alone", why: "missing" };
      case "changed":
        return { is: "left-alone", why: "changed" };
      case "deleted":
        return { is: "success" };
      case "failed":
        if (result.error === undefined) throw new Error("failed without an error");
        return { is: "error", code: result.error.code, outcome: result.error.outcome };
      default:
        throw new Error(`unexpected ${result?.status}`);
    }
  });
}
