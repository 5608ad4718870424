import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  field,
  type ImagesClient,
  ImagesError,
  type Labels,
  type NewDescriptor,
  type RawImages,
  replaceAll,
} from "../../../src/index.js";
import type { Report, Trial } from "./judge.js";
import { EXPIRY } from "./leases.js";
import { stateOfImage, stateOfMessage } from "./record-state.js";
import type { MethodName, Scene } from "./scene.js";
import type { Written } from "./writer.js";

/** The date that calls ask for. */
export const EPOCH = new Date(Date.UTC(2021, 5, 1, 12, 0, 0, 7));

const DEV: Labels = { env: "dev" };
const PROD: Labels = { env: "prod" };

/** Two contents to point at. */
export interface Targets {
  readonly first: NewDescriptor;
  readonly second: NewDescriptor;
}

/** One call of the library, and what it is to bring about. */
export interface CallUnderTest extends Pick<Trial, "kind" | "asked" | "onlyIf"> {
  /** The record as it is before, unless the scene wants another. */
  readonly before: Written;
  /** A record that is as asked for. */
  readonly wanted: Written;
  /** What another client writes that the call could be confused with, and what it could not. */
  readonly alike: Written;
  readonly other: Written;
  readonly run: Run;
}

type Run = (images: ImagesClient, name: string) => Promise<Report>;
type What = Pick<CallUnderTest, "kind" | "asked" | "onlyIf" | "run">;

/** The call that a scene is about. */
export function callOf({ method, lease }: Pick<Scene, "method" | "lease">, targets: Targets): CallUnderTest {
  const { first, second } = targets;
  const expiry = lease === "none" ? {} : EXPIRY;
  const what = whatOf(method, targets, { ...PROD, ...expiry });
  const { target = first, labels = DEV } = what.asked;
  const [before, wanted] = [
    { target: first, labels: { ...DEV, ...expiry } },
    { target, labels: { ...labels, ...expiry } },
  ];
  const other = { target: target === second ? first : second, labels: { env: "other", ...expiry } };
  return { ...what, before, wanted, alike: what.kind === "delete" ? before : wanted, other };
}

/** The record that a tag copies. */
export function sourceOf(name: string): string {
  return `${name}-source`;
}

/** Whether the call reads a record of that other name, which has to be there. */
export function hasSource(method: MethodName): boolean {
  return method.startsWith("tag");
}

function whatOf(method: MethodName, targets: Targets, labels: Labels): What {
  const { first, second } = targets;
  const dated = method.endsWith("epoch") ? { sourceDateEpoch: EPOCH } : {};
  const date = method.endsWith("epoch") ? { epochMs: EPOCH.getTime() } : {};
  const rawDate = method.endsWith("epoch") ? { sourceDateEpoch: timestampFromDate(EPOCH) } : {};
  const target = first;
  const { digest } = first;
  switch (method) {
    case "create":
    case "create-epoch":
      return {
        kind: "create",
        asked: { target, labels, isWhole: true, ...date },
        run: (images, name) => image(images.create({ name, target, labels }, dated)),
      };
    case "raw-create":
    case "raw-create-epoch":
      return {
        kind: "create",
        asked: { target, labels, isWhole: true, ...date },
        run: ({ raw }, name) => rawImage(raw.create({ image: { name, ...messageOf(target, labels) }, ...rawDate })),
      };
    case "raw-update-label":
      return {
        kind: "update",
        asked: { labels: PROD, isWhole: false },
        run: ({ raw }, name) =>
          rawImage(raw.update({ image: { name, labels: PROD }, updateMask: { paths: ["labels.env"] } })),
      };
    case "raw-replace":
      return {
        kind: "update",
        asked: { target: second, labels, isWhole: true },
        run: ({ raw }, name) => rawImage(raw.update({ image: { name, ...messageOf(second, labels) } })),
      };
    case "raw-delete-sync":
      return deletion(({ raw }, name) => rawDeleted(raw.delete({ name, sync: true })));
    case "update-label":
    case "update-label-epoch":
      return {
        kind: "update",
        asked: { labels: PROD, isWhole: false, ...date },
        run: (images, name) => image(images.update(name, { labels: PROD }, dated)),
      };
    case "update-target":
      return {
        kind: "update",
        asked: { target: second, isWhole: false },
        run: (images, name) => image(images.update(name, { target: second })),
      };
    case "update-all-labels":
      return {
        kind: "update",
        asked: { labels, isWhole: true },
        run: (images, name) => image(images.update(name, { labels: replaceAll(labels) })),
      };
    case "replace":
    case "replace-epoch":
      return {
        kind: "update",
        asked: { target: second, labels, isWhole: true, ...date },
        run: (images, name) => image(images.replace({ name, target: second, labels }, dated)),
      };
    case "upsert":
    case "upsert-epoch":
      return {
        kind: "upsert",
        asked: { target, labels, isWhole: false, ...date },
        run: (images, name) => upserted(images.upsert({ name, target, labels }, dated)),
      };
    case "upsert-replace":
      return {
        kind: "upsert",
        asked: { target, labels, isWhole: true },
        run: (images, name) => upserted(images.upsert({ name, target, labels }, { labels: "replace" })),
      };
    case "tag":
    case "tag-force": {
      const force = method === "tag-force";
      return {
        kind: force ? "upsert" : "create",
        asked: { target, labels, isWhole: true },
        run: (images, name) => image(images.tag(sourceOf(name), name, { force })),
      };
    }
    case "delete":
    case "delete-sync":
      return deletion((images, name) =>
        deleted(images.delete(name, { sync: method !== "delete", ignoreMissing: true })),
      );
    case "delete-if":
    case "delete-if-sync": {
      const ifTarget = { digest, fallback: "check-then-delete" } as const;
      const options = { sync: method !== "delete-if", ifTarget, ignoreMissing: true };
      return { ...deletion((images, name) => deleted(images.delete(name, options))), onlyIf: { digest } };
    }
    case "delete-many-names":
      return deletion((images, name) => deletedMany(images.deleteMany([name])));
    case "delete-many-records":
      return { ...deletion((images, name) => deletedMany(images.deleteMany([{ name, target }]))), onlyIf: { digest } };
    case "delete-many-filter": {
      const filter = (name: string) => field.name.equals(name).and(field.label("env").equals("dev"));
      return { ...deletion((images, name) => deletedMany(images.deleteMany(filter(name)))), onlyIf: { labels: DEV } };
    }
  }
}

function deletion(run: Run): What {
  return { kind: "delete", asked: { isWhole: false }, run };
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

function rawImage(answer: ReturnType<RawImages["create"] | RawImages["update"]>): Promise<Report> {
  return reported(async () => {
    const { image } = await answer;
    return { is: "success", image: image && stateOfMessage(image) };
  });
}

function rawDeleted(answer: ReturnType<RawImages["delete"]>): Promise<Report> {
  return reported(() => answer.then(() => ({ is: "success" })));
}

function messageOf({ digest, mediaType, size }: NewDescriptor, labels: Labels) {
  return { target: { digest, mediaType, size: BigInt(size) }, labels: { ...labels } };
}

function upserted(answer: ReturnType<ImagesClient["upsert"]>): Promise<Report> {
  return reported(async () => {
    const { image, created } = await answer;
    return { is: "success", image: stateOfImage(image), created };
  });
}

function deleted(answer: ReturnType<ImagesClient["delete"]>): Promise<Report> {
  return reported(async () => ((await answer) ? { is: "success" } : { is: "left-alone", why: "missing" }));
}

function deletedMany(answer: ReturnType<ImagesClient["deleteMany"]>): Promise<Report> {
  return reported(async () => {
    const [result] = (await answer).results;
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
