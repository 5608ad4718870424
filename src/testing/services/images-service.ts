import { setTimeout as sleep } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { EmptySchema, type Timestamp } from "@bufbuild/protobuf/wkt";
import {
  CreateImageResponseSchema,
  GetImageResponseSchema,
  type Image,
  Images,
  ListImagesResponseSchema,
  UpdateImageResponseSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import type { Profile } from "../profile.js";
import { Disconnect, Status } from "../status.js";
import { checkName, checkNamespace } from "../store/checks.js";
import { draftFromMessage, type ImageDraft, type ImageRecord, messageFromRecord } from "../store/image-record.js";
import { type Clock, instantFromMessage, instantOf } from "../store/instant.js";
import type { ChangeContext, Store } from "../store/store.js";
import type { Collector } from "./collector.js";
import type { Cri } from "./cri.js";
import type { EventHub } from "./event-hub.js";
import { imageFilter } from "./filtering.js";
import { type CallContext, type Rpc, unary, unaryInParts } from "./rpc.js";

/** Encoding so many takes some milliseconds. */
const RECORDS_PER_PART = 256;

/** What the Images service needs. */
interface ImagesServiceOptions {
  readonly store: Store;
  readonly events: EventHub;
  readonly collector: Collector;
  readonly clock: Clock;
  readonly profile: Profile;
  /** The CRI plugin, if it is on. */
  readonly cri: Cri | undefined;
  /** How long a garbage collection takes. */
  readonly collectionMs: number;
}

/**
 * The methods of Images. Each checks in the same order as containerd, because the order decides which error is
 * returned.
 */
export function imagesService(options: ImagesServiceOptions): Rpc[] {
  const { store, events, collector, clock, profile, cri } = options;
  return [
    unary("get", Images.method.get, ({ name }, { namespace }) => {
      const record = store.get(checkNamespace(namespace), name);
      return create(GetImageResponseSchema, { image: messageFromRecord(record) });
    }),

    unaryInParts("list", Images.method.list, function* ({ filters }, context) {
      const namespace = checkNamespace(context.namespace);
      const accepts = imageFilter(filters, profile);
      const records = store.list(namespace);
      for (let at = 0; at === 0 || at < records.length; at += RECORDS_PER_PART) {
        const part = records.slice(at, at + RECORDS_PER_PART);
        yield create(ListImagesResponseSchema, { images: part.filter(accepts).map(messageFromRecord) });
      }
    }),

    unary("create", Images.method.create, ({ image, sourceDateEpoch }, context) => {
      if (profile.crashesOnUnset && image?.target === undefined) throw new Disconnect("daemon");
      const draft = checkedDraft(image);
      const namespace = checkNamespace(context.namespace);
      const record = store.create(namespace, draft, changeContext(context, sourceDateEpoch));
      events.created(namespace, record);
      return create(CreateImageResponseSchema, written(namespace, record));
    }),

    unary("update", Images.method.update, ({ image, updateMask, sourceDateEpoch }, context) => {
      if (profile.crashesOnUnset && updateCrashes(image)) throw new Disconnect("daemon");
      const draft = checkedDraft(image);
      const namespace = checkNamespace(context.namespace);
      const paths = updateMask?.paths ?? [];
      const record = store.update(namespace, draft, paths, changeContext(context, sourceDateEpoch));
      events.updated(namespace, record);
      return create(UpdateImageResponseSchema, written(namespace, record));
    }),

    unary("delete", Images.method.delete, async ({ name, sync, target }, context) => {
      const namespace = checkNamespace(context.namespace);
      store.delete(namespace, name, target?.digest ?? "", context.lease);
      events.deleted(namespace, name);
      if (sync) await collectNow(options, context);
      else collector.changed("delete");
      return create(EmptySchema);
    }),
  ];

  /** What follows the event of a create or an update; returns the fields of the response. */
  function written(namespace: string, record: ImageRecord): { readonly image: Image } {
    collector.changed("write");
    cri?.written(namespace, record.name);
    return { image: messageFromRecord(record) };
  }

  function changeContext({ lease }: CallContext, epoch: Timestamp | undefined): ChangeContext {
    return { lease, at: epoch === undefined ? instantOf(clock()) : instantFromMessage(epoch) };
  }
}

function checkedDraft(image: Image | undefined): ImageDraft {
  const draft = draftFromMessage(image);
  checkName(draft.name);
  return draft;
}

// Unlike create, update checks the name before it uses the target.
function updateCrashes(image: Image | undefined): boolean {
  return image === undefined || (image.name !== "" && image.target === undefined);
}

async function collectNow(
  { collector, collectionMs, profile }: ImagesServiceOptions,
  context: CallContext,
): Promise<void> {
  const { timeoutMs = Number.POSITIVE_INFINITY } = context;
  if (collectionMs > 0) await sleep(Math.min(collectionMs, timeoutMs));
  collector.collect();
  if (collectionMs <= timeoutMs) return;
  if (profile.lateCollection === "reset") throw new Disconnect("call");
  throw new Status(profile.lateCollection, "context deadline exceeded");
}
