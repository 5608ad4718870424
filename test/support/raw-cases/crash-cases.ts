import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Events, PublishRequestSchema } from "../../../gen/containerd/services/events/v1/events_pb.js";
import {
  CreateImageRequestSchema,
  DeleteImageRequestSchema,
  GetImageRequestSchema,
  Images,
  ListImagesRequestSchema,
  UpdateImageRequestSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { loadCases, type RecordedVersion } from "./rpc-cases.js";

/** One request of `crash-cases.json`, and what it did to each daemon. */
export interface CrashCase {
  readonly title: string;
  readonly path: string;
  readonly request: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the daemon survived, and its response: a code's name and a text. */
  readonly outcomes: Readonly<Record<RecordedVersion, { readonly alive: boolean; readonly result: string }>>;
}

const target = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: `sha256:${"a".repeat(64)}`,
  size: 100n,
};
const recorded = loadCases<Record<string, CrashCase["outcomes"]>>("crash-cases.json");
const named = { "containerd-namespace": "crash" };

/** The requests behind the titles of the file; `e` is the image that {@link existingImage} makes. */
export const crashCases: readonly CrashCase[] = [
  crashCase("create: {} (image unset)", "Create", CreateImageRequestSchema, {}),
  crashCase("create: image{} (empty Image message)", "Create", CreateImageRequestSchema, { image: {} }),
  crashCase("create: image{target set, no name}", "Create", CreateImageRequestSchema, { image: { target } }),
  crashCase("create: image{name, target unset}", "Create", CreateImageRequestSchema, { image: { name: "n" } }),
  crashCase("create: image{name, target:{} (empty message)}", "Create", CreateImageRequestSchema, {
    image: { name: "n", target: {} },
  }),
  crashCase("update: {} (image unset)", "Update", UpdateImageRequestSchema, {}),
  crashCase("update: image{} ", "Update", UpdateImageRequestSchema, { image: {} }),
  crashCase("update: missing image name x, target unset, no mask", "Update", UpdateImageRequestSchema, {
    image: { name: "nope" },
  }),
  crashCase("update: existing, target unset, no mask", "Update", UpdateImageRequestSchema, { image: { name: "e" } }),
  crashCase("update: existing, target unset, mask labels", "Update", UpdateImageRequestSchema, {
    image: { name: "e", labels: { k: "v" } },
    updateMask: { paths: ["labels"] },
  }),
  crashCase("update: existing, target:{} , mask labels.k", "Update", UpdateImageRequestSchema, {
    image: { name: "e", labels: { k: "v" }, target: {} },
    updateMask: { paths: ["labels.k"] },
  }),
  crashCase("delete: existing, target:{}", "Delete", DeleteImageRequestSchema, { name: "e", target: {} }),
  crashCase("get: {}", "Get", GetImageRequestSchema, {}),
  crashCase("delete: {}", "Delete", DeleteImageRequestSchema, {}),
  crashCase("list: {}", "List", ListImagesRequestSchema, {}),
  crashCase("create: no namespace, image unset", "Create", CreateImageRequestSchema, {}, {}),
  crashCase("publish: event unset", "Publish", PublishRequestSchema, { topic: "/t" }),
  crashCase("publish: event unset, bad topic", "Publish", PublishRequestSchema, { topic: "x" }),
];

/** The call that makes the image `e`, which some cases need. */
export const existingImage = {
  path: pathOf("Create"),
  request: toBinary(
    CreateImageRequestSchema,
    create(CreateImageRequestSchema, { image: { name: "e", target, labels: { k0: "v0" } } }),
  ),
  headers: named,
};

function crashCase<Desc extends DescMessage>(
  title: string,
  rpc: string,
  desc: Desc,
  request: MessageInitShape<Desc>,
  headers: CrashCase["headers"] = named,
): CrashCase {
  const outcomes = recorded[title];
  if (outcomes === undefined) throw new Error(`crash-cases.json has no case "${title}"`);
  return { title, path: pathOf(rpc), request: toBinary(desc, create(desc, request)), headers, outcomes };
}

function pathOf(rpc: string): string {
  return `/${rpc === "Publish" ? Events.typeName : Images.typeName}/${rpc}`;
}
