import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { ImageSchema, type Image as RawImage } from "../../../gen/containerd/services/images/v1/images_pb.js";
import { DescriptorSchema, type Descriptor as RawDescriptor } from "../../../gen/containerd/types/descriptor_pb.js";
import {
  all,
  type CallOptions,
  type DeleteManyResult,
  type DeleteResult,
  type Descriptor,
  type Filter,
  field,
  fieldPaths,
  type IfTarget,
  type Image,
  type ImageEvent,
  type ImagePatch,
  ImagesClient,
  type Labels,
  type MapPatch,
  type MatchableImage,
  matches,
  type NewDescriptor,
  type NewImage,
  type RecordPattern,
  type RecordToDelete,
  type ReplaceAll,
  replaceAll,
  type SyncedEvent,
  type UpsertResult,
  type WaitCondition,
  type WaitOptions,
  type WatchOptions,
} from "../../../src/index.js";
import { InMemoryImages, type NamespacedImage, type SeedImage } from "../../../src/testing/index.js";

const digest = `sha256:${"0".repeat(64)}`;
const descriptor: Descriptor = { mediaType: "text/plain", digest, size: 1, annotations: { team: "web" } };
const labels: Labels = { env: "dev" };
const image: Image = { name: "a", target: descriptor, labels, createdAt: new Date(0), updatedAt: new Date(1) };
const deleted: DeleteResult = { name: "a", status: "deleted", error: undefined };

/**
 * One value of each public type of data, with all its fields. Options that only some methods have are not data: given
 * to another method, they are named when the program runs.
 */
interface Values {
  readonly text: string;
  readonly image: Image;
  readonly newImage: NewImage;
  readonly namespacedImage: NamespacedImage;
  readonly seedImage: SeedImage;
  readonly matchableImage: MatchableImage;
  readonly recordToDelete: Exclude<RecordToDelete, string>;
  readonly descriptor: Descriptor;
  readonly newDescriptor: NewDescriptor;
  readonly labels: Labels;
  readonly replaceAll: ReplaceAll;
  readonly patch: ImagePatch;
  readonly pattern: RecordPattern;
  readonly ifTarget: IfTarget;
  readonly filter: Filter;
  readonly imageEvent: ImageEvent;
  readonly syncedEvent: SyncedEvent;
  readonly upsertResult: UpsertResult;
  readonly deleteResult: DeleteResult;
  readonly deleteManyResult: DeleteManyResult;
  readonly date: Date;
  readonly rawImage: RawImage;
  readonly rawDescriptor: RawDescriptor;
  readonly callOptions: CallOptions;
  readonly waitOptions: WaitOptions;
}

const { signal } = new AbortController();
const values: Values = {
  text: "a",
  image,
  newImage: { ...image },
  namespacedImage: { namespace: "default", ...image },
  seedImage: { namespace: "default", ...image },
  matchableImage: { name: "a", labels, target: { digest, mediaType: "text/plain", annotations: labels } },
  recordToDelete: { name: "a", target: descriptor, createdAt: new Date(0), updatedAt: new Date(1) },
  descriptor,
  newDescriptor: { ...descriptor },
  labels,
  replaceAll: replaceAll(labels),
  patch: { labels: { env: "dev" }, annotations: { team: "web" }, target: descriptor },
  pattern: { digest, labels: { env: "dev", gone: null } },
  ifTarget: { digest, fallback: "check-then-delete" },
  filter: field.name.present(),
  imageEvent: { type: "created", image },
  syncedEvent: { type: "synced" },
  upsertResult: { image, created: true },
  deleteResult: deleted,
  deleteManyResult: { results: [deleted], gcWaited: false },
  date: new Date(0),
  rawImage: create(ImageSchema, { name: "a", target: { ...descriptor, size: 1n }, labels }),
  rawDescriptor: create(DescriptorSchema, { ...descriptor, size: 1n }),
  callOptions: { signal, timeoutMs: 60_000, retry: false, headers: {} },
  waitOptions: { signal, timeoutMs: 60_000, retry: false, headers: {} },
};

/** The places where the methods take such values. */
interface Places {
  readonly name: string;
  readonly image: NewImage;
  readonly target: NewDescriptor;
  readonly labels: Labels | undefined;
  readonly patch: ImagePatch;
  readonly labelPatch: MapPatch | undefined;
  readonly ifTarget: IfTarget;
  readonly condition: WaitCondition | undefined;
  readonly secondOfWaitFor: WaitOptions;
  readonly record: RecordToDelete;
  readonly filter: Filter | undefined;
  readonly firstOfList: Filter | CallOptions | undefined;
  readonly firstOfWatch: Filter | WatchOptions | undefined;
  readonly matched: MatchableImage;
  readonly options: CallOptions | undefined;
  readonly waitOptions: WaitOptions;
  readonly watchOptions: WatchOptions | undefined;
  readonly headers: CallOptions["headers"];
  readonly sourceDateEpoch: Date | undefined;
  readonly seeded: SeedImage;
}

type Calls = { readonly [Place in keyof Places]: readonly ((images: ImagesClient, value: Places[Place]) => unknown)[] };

const options = { timeoutMs: 60_000 }; // for a wait without an end; a busy machine may need some seconds
const target = descriptor;

const calls: Calls = {
  name: [
    (images, value) => images.get(value),
    (images, value) => images.find(value),
    (images, value) => images.update(value, { labels }),
    (images, value) => images.tag(value, "new"),
    (images, value) => images.tag("a", value, { force: true }),
    (images, value) => images.waitFor(value, "present", options),
    (images, value) => images.delete(value),
  ],
  image: [
    (images, value) => images.create({ ...value, name: "new" }),
    (images, value) => images.replace(value),
    (images, value) => images.upsert(value),
  ],
  target: [
    (images, value) => images.create({ name: "new", target: value }),
    (images, value) => images.update("a", { target: value }),
  ],
  labels: [(images, value) => images.create({ name: "new", target, labels: value })],
  patch: [(images, value) => images.update("a", value), (_images, value) => fieldPaths(value)],
  labelPatch: [
    (images, value) => images.update("a", { labels: value }),
    (images, value) => images.update("a", { annotations: value }),
  ],
  ifTarget: [(images, value) => images.delete("a", { ifTarget: value })],
  condition: [(images, value) => images.waitFor("a", value, options)],
  secondOfWaitFor: [(images, value) => images.waitFor("a", value)],
  record: [(images, value) => images.deleteMany([value])],
  filter: [(images, value) => images.list(value, {}), (images, value) => images.cache(value, { signal })],
  firstOfList: [
    (images, value) => images.list(value as CallOptions),
    (images, value) => drained(images.iterate(value as CallOptions)),
  ],
  firstOfWatch: [
    (images, value) => images.watch(value as WatchOptions),
    (images, value) => images.cache(value as WatchOptions),
  ],
  matched: [(_images, value) => matches(field.label("env").equals("dev"), value)],
  options: [
    (images, value) => images.get("a", value),
    (images, value) => images.list(all, value),
    (images, value) => images.create({ name: "new", target }, value),
    (images, value) => images.upsert({ name: "new", target }, value),
    (images, value) => images.deleteMany([], value),
    (images, value) => images.delete("a", value),
  ],
  waitOptions: [(images, value) => images.waitFor("a", "present", value)],
  watchOptions: [(images, value) => images.watch(all, value), (images, value) => images.cache(all, value)],
  headers: [(images, value) => images.get("a", { headers: value })],
  sourceDateEpoch: [(images, value) => images.update("a", { labels }, { sourceDateEpoch: value })],
  seeded: [(_images, value) => new InMemoryImages().seed([value])],
};

type IsMap<T> = string extends keyof T ? true : never;
type HasMap<T> = T extends unknown ? IsMap<T> : never;

/**
 * Whether a value of type `Value` is accepted where a `Place` is wanted. TypeScript accepts a map, such as labels, also
 * where all fields are optional, and no type can forbid it; that counts only where a map is wanted.
 */
type Fits<Value, Place> = [Value] extends [Place]
  ? [IsMap<Value>] extends [never]
    ? true
    : [HasMap<Place>] extends [never]
      ? false
      : true
  : false;

/** For each place exactly the values that its type accepts, or this file does not compile. */
type Fitting = {
  readonly [Place in keyof Places]: {
    readonly [Value in keyof Values as Fits<Values[Value], Places[Place]> extends true ? Value : never]: true;
  };
};

const record = { image: true, newImage: true } as const;
const callOptions = { callOptions: true, waitOptions: true } as const;
const fitting: Fitting = {
  name: { text: true },
  image: record,
  target: { descriptor: true, newDescriptor: true },
  labels: { labels: true },
  patch: { patch: true },
  labelPatch: { labels: true, replaceAll: true },
  ifTarget: { descriptor: true, newDescriptor: true, ifTarget: true, rawDescriptor: true },
  condition: {
    ...record,
    matchableImage: true,
    recordToDelete: true,
    descriptor: true,
    newDescriptor: true,
    pattern: true,
    ifTarget: true,
    filter: true,
    rawImage: true,
    rawDescriptor: true,
  },
  secondOfWaitFor: callOptions,
  record: { text: true, ...record, matchableImage: true, recordToDelete: true },
  filter: { filter: true },
  firstOfList: { filter: true, ...callOptions },
  firstOfWatch: { filter: true },
  matched: { ...record, namespacedImage: true, seedImage: true, matchableImage: true },
  options: callOptions,
  waitOptions: callOptions,
  watchOptions: {},
  headers: { labels: true },
  sourceDateEpoch: { date: true },
  seeded: { ...record, namespacedImage: true, seedImage: true },
};

async function drained(records: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of records);
}

/** A client of a service that holds the record, and nothing else. */
function freshClient(): ImagesClient {
  const service = new InMemoryImages();
  service.seed([image]);
  return new ImagesClient({ namespace: "default", transport: service.transport });
}

describe("what compiles runs:", () => {
  for (const [place, calling] of Object.entries(calls)) {
    for (const name of Object.keys(fitting[place as keyof Places])) {
      it(`${name} as ${place}`, async () => {
        await using images = freshClient();
        // The type of `fitting` has checked that this place accepts the value.
        for (const call of calling) await call(images, values[name as keyof Values] as never);
      });
    }
  }
});
