import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DescMessage } from "@bufbuild/protobuf";
import { AnySchema, FieldMaskSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { PublishRequestSchema, SubscribeRequestSchema } from "../../../gen/containerd/services/events/v1/events_pb.js";
import * as imageEvents from "../../../gen/containerd/services/images/v1/events_pb.js";
import * as images from "../../../gen/containerd/services/images/v1/images_pb.js";
import { ServerResponseSchema } from "../../../gen/containerd/services/introspection/v1/introspection_pb.js";
import {
  ListNamespacesResponseSchema,
  NamespaceSchema,
} from "../../../gen/containerd/services/namespaces/v1/namespace_pb.js";
import { VersionResponseSchema } from "../../../gen/containerd/services/version/v1/version_pb.js";
import { DescriptorSchema } from "../../../gen/containerd/types/descriptor_pb.js";
import { EnvelopeSchema } from "../../../gen/containerd/types/event_pb.js";
import * as fields from "../../../src/codec/fields.js";

/** Which generated messages each constant of `fields.ts` is for. */
const messages: Readonly<Record<keyof typeof fields, readonly DescMessage[]>> = {
  IMAGE: [images.ImageSchema],
  DESCRIPTOR: [DescriptorSchema],
  MAP_ENTRY: [],
  TIMESTAMP: [TimestampSchema],
  FIELD_MASK: [FieldMaskSchema],
  GET_REQUEST: [images.GetImageRequestSchema],
  LIST_REQUEST: [images.ListImagesRequestSchema],
  CREATE_REQUEST: [images.CreateImageRequestSchema],
  UPDATE_REQUEST: [images.UpdateImageRequestSchema],
  DELETE_REQUEST: [images.DeleteImageRequestSchema],
  IMAGE_RESPONSE: [images.GetImageResponseSchema, images.CreateImageResponseSchema, images.UpdateImageResponseSchema],
  LIST_RESPONSE: [images.ListImagesResponseSchema],
  VERSION_RESPONSE: [VersionResponseSchema],
  NAMESPACES_RESPONSE: [ListNamespacesResponseSchema],
  NAMESPACE: [NamespaceSchema],
  SERVER_RESPONSE: [ServerResponseSchema],
  SUBSCRIBE_REQUEST: [SubscribeRequestSchema],
  PUBLISH_REQUEST: [PublishRequestSchema],
  ENVELOPE: [EnvelopeSchema],
  ANY: [AnySchema],
  IMAGE_EVENT: [imageEvents.ImageCreateSchema, imageEvents.ImageUpdateSchema, imageEvents.ImageDeleteSchema],
};

/** Fields that a message has, and that this library neither reads nor writes. */
const unused: Partial<Readonly<Record<keyof typeof fields, readonly string[]>>> = {
  NAMESPACE: ["labels"],
  ENVELOPE: ["namespace"],
  IMAGE_EVENT: ["labels"],
};

describe("the numbers of the protobuf fields", () => {
  for (const [name, numbers] of Object.entries(fields)) {
    const key = name as keyof typeof fields; // the keys of the module
    for (const message of messages[key])
      it(`are those of ${message.typeName}, and ${name} has all of its fields`, () => {
        const generated = message.fields.filter(({ localName }) => !unused[key]?.includes(localName));
        assert.deepEqual(numbers, Object.fromEntries(generated.map(({ localName, number }) => [localName, number])));
      });
  }

  it("are those of an entry in both maps of a record, its labels and annotations", () => {
    const entries = [images.ImageSchema, DescriptorSchema].flatMap(({ proto }) => proto.nestedType);
    assert.equal(entries.length, 2);
    for (const { field } of entries)
      assert.deepEqual(fields.MAP_ENTRY, Object.fromEntries(field.map(({ name, number }) => [name, number])));
  });
});
