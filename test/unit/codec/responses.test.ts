import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import {
  CreateImageResponseSchema,
  GetImageResponseSchema,
  type ImageSchema,
  ListImagesResponseSchema,
  UpdateImageResponseSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { VersionResponseSchema } from "../../../gen/containerd/services/version/v1/version_pb.js";
import { FieldPieces } from "../../../src/codec/field-pieces.js";
import {
  emptyResponse,
  imageResponse,
  imagesResponse,
  ManyImages,
  versionResponse,
} from "../../../src/codec/responses.js";
import type { Image } from "../../../src/image.js";
import { MalformedMessage } from "../../../src/rpc/response-decoder.js";
import { bytesField } from "../../support/encoded-fields.js";
import { isLong } from "../../support/is-long.js";
import type { Random } from "../../support/random.js";
import { hostileMessage, mutated, usualImage } from "./hostile-messages.js";
import { plainImage, type Reading, reading, reference } from "./reference.js";
import { forSeeds } from "./seeds.js";

const cases = isLong ? 100_000 : 3_000;

/**
 * How often both decoders read a value, and how often both rejected the bytes. If one of them is rare, the test shows
 * little.
 */
class Tally {
  read = 0;
  refused = 0;

  compare<T>(actual: Reading<T>, expected: Reading<T>): void {
    assert.deepEqual(actual, expected);
    if (expected === "refused") this.refused += 1;
    else this.read += 1;
  }

  assertBothOften(): void {
    const total = this.read + this.refused;
    assert.ok(this.read > total / 5 && this.refused > total / 50, `${this.read} read, ${this.refused} refused`);
  }
}

// Our decoders must throw a MalformedMessage. Any other error is a defect, not a rejection.
function ours<T>(read: () => T): Reading<T> {
  return reading(() => read(), MalformedMessage);
}

/** Compares what is read of a list, whole and in pieces, with what protobuf-es reads, which is returned. */
function compareLists(tally: Tally, random: Random, bytes: Buffer): Reading<readonly Image[]> {
  const expected: Reading<readonly Image[]> = reference(ListImagesResponseSchema, bytes, ({ images }) =>
    images.map(plainImage),
  );
  tally.compare(
    ours<readonly Image[]>(() => imagesResponse.whole(bytes)),
    expected,
  );
  assert.deepEqual(
    ours(() => inPieces(random, bytes)),
    expected,
  );
  return expected;
}

function plainResponse({ image }: { readonly image?: MessageShape<typeof ImageSchema> | undefined }): Image {
  if (image === undefined) throw new Error("no image");
  return plainImage(image);
}

const imageResponses = [GetImageResponseSchema, CreateImageResponseSchema, UpdateImageResponseSchema];

describe("responses, read as protobuf-es reads them", () => {
  for (const desc of imageResponses) {
    it(desc.name, (t) => {
      const tally = new Tally();
      forSeeds(t, Math.ceil(cases / imageResponses.length), (random) => {
        const bytes = hostileMessage(random, desc);
        const expected = reference(desc, bytes, plainResponse);
        tally.compare(
          ours(() => imageResponse.whole(bytes)),
          expected,
        );
      });
      tally.assertBothOften();
    });
  }

  it("ListImagesResponse, whole and in pieces", (t) => {
    const tally = new Tally();
    forSeeds(t, cases, (random) => {
      const bytes = hostileMessage(random, ListImagesResponseSchema);
      const expected = compareLists(tally, random, bytes);
      assert.deepEqual(
        ours(() => inFields(random, bytes)),
        expected,
      );
    });
    tally.assertBothOften();
  });

  it("ListImagesResponse as servers write it, and with a change somewhere", (t) => {
    const tally = new Tally();
    forSeeds(t, cases, (random) => {
      const images = random.some(4, () => usualImage(random));
      const usual = Buffer.from(toBinary(ListImagesResponseSchema, create(ListImagesResponseSchema, { images })));
      const bytes = random.oneIn(2) ? usual : mutated(random, usual);
      compareLists(tally, random, bytes);
    });
    tally.assertBothOften();
  });

  it("GetImageResponse as servers write it, twice, and with a change somewhere", (t) => {
    const tally = new Tally();
    forSeeds(t, cases, (random) => {
      const response = () =>
        toBinary(GetImageResponseSchema, create(GetImageResponseSchema, { image: usualImage(random) }));
      const usual = Buffer.concat(random.oneIn(4) ? [response(), response()] : [response()]);
      const bytes = random.oneIn(2) ? usual : mutated(random, usual);
      tally.compare(
        ours(() => imageResponse.whole(bytes)),
        reference(GetImageResponseSchema, bytes, plainResponse),
      );
    });
    tally.assertBothOften();
  });

  it("VersionResponse", (t) => {
    const tally = new Tally();
    forSeeds(t, cases, (random) => {
      const bytes = hostileMessage(random, VersionResponseSchema);
      tally.compare(
        ours(() => versionResponse.whole(bytes)),
        reference(VersionResponseSchema, bytes, ({ version }) => version),
      );
    });
    tally.assertBothOften();
  });

  it("the empty response of Delete", (t) => {
    const tally = new Tally();
    forSeeds(t, cases, (random) => {
      const bytes = mutated(random, hostileMessage(random, GetImageResponseSchema));
      tally.compare(
        ours(() => emptyResponse.whole(bytes)),
        reference(EmptySchema, bytes, () => undefined),
      );
    });
    tally.assertBothOften();
  });

  it("groups that nest deeply, everywhere", () => {
    for (const wrap of nestings) {
      for (let depth = 95; depth <= 101; depth += 1) {
        const bytes = wrap(
          Buffer.alloc(2 * depth)
            .fill(Buffer.of(0x7b))
            .fill(Buffer.of(0x7c), depth),
        );
        const expected = reference(GetImageResponseSchema, bytes, plainResponse);
        for (const read of [imageResponse.whole, byteByByte])
          assert.deepEqual(
            ours(() => read(bytes)),
            expected,
          );
      }
    }
  });

  it("tags of any length, and groups", () => {
    // Tags of one to eleven bytes; with bits above the highest field number; of no field, and of no wire type.
    const tags = [
      ...["08", "8800", "88808000", "8880808000", "f8ffffff0f", "888080808000", "88808080808080808000"],
      ...["8880808080808080808000", "8880808010", "8880808020", "8880808040", "888080808001", "00", "02", "0e", "0f"],
    ];
    // Groups that end, do not end, end twice, end others, and have an end's number in another field.
    const groups = ["7b7c", "7b", "7b7b7c", "7c", "7c7c", "7b74", "7b747c", "7b73747c", "7b7d000000007c"];
    for (const hex of [...tags.map((tag) => `${tag}01`), ...groups]) {
      const bytes = Buffer.from(hex, "hex");
      assert.deepEqual(
        ours(() => emptyResponse.whole(bytes)),
        reference(EmptySchema, bytes, () => undefined),
        hex,
      );
    }
  });

  it("any truncation of an ordinary List", () => {
    const bytes = toBinary(
      ListImagesResponseSchema,
      create(ListImagesResponseSchema, { images: [ordinary, ordinary] }),
    );
    for (let length = 0; length <= bytes.length; length += 1) {
      const part = bytes.subarray(0, length);
      assert.deepEqual(
        ours(() => imagesResponse.whole(part)),
        reference(ListImagesResponseSchema, part, ({ images }) => images.map(plainImage)),
      );
    }
  });
});

it("a field that passes the end of its message is refused, though bytes follow", () => {
  const after = Buffer.of(0x78, 0);
  const places: readonly ((field: Buffer) => Buffer)[] = [
    (field) => Buffer.concat([bytesField(1, field), after]),
    (field) => bytesField(1, bytesField(2, field), after),
    (field) => bytesField(1, bytesField(3, field), after),
    (field) => bytesField(1, bytesField(3, bytesField(5, field), after)),
    (field) => bytesField(1, bytesField(7, field), after),
  ];
  for (const place of places)
    for (const read of [imageResponse.whole, byteByByte]) {
      assert.equal(read(place(Buffer.of(0x7a, 0))).name, "");
      assert.throws(() => read(place(Buffer.of(0x7a, after.length))), MalformedMessage);
    }
});

// Where a group (of field 15) may be: after an image, and in it, its target, a timestamp, a label and an annotation.
const nestings: readonly ((group: Buffer) => Buffer)[] = [
  (group) => Buffer.concat([bytesField(1), group]),
  (group) => bytesField(1, group),
  (group) => bytesField(1, bytesField(3, group)),
  (group) => bytesField(1, bytesField(7, group)),
  (group) => bytesField(1, bytesField(2, group)),
  (group) => bytesField(1, bytesField(3, bytesField(5, group))),
];

const ordinary = {
  name: "docker.io/library/alpine:3.20",
  labels: { env: "prod", "containerd.io/gc.ref.content.config": `sha256:${"1".repeat(64)}` },
  target: { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 7_682n },
  createdAt: { seconds: 1_700_000_000n, nanos: 123_456_789 },
  updatedAt: { seconds: 1_700_000_001n, nanos: 1 },
};

// Reads as for a large message: its submessages are read before they are complete.
function inFields(random: Random, bytes: Buffer): readonly Image[] {
  const draft = new ManyImages();
  const pieces = new FieldPieces(draft, 32);
  for (let start = 0; start < bytes.length; ) {
    const end = start + random.pick([1, 2, 3, 16, 300]);
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  pieces.end();
  return draft.finished();
}

function byteByByte(bytes: Buffer): Image {
  const pieces = imageResponse.pieces?.();
  assert.ok(pieces !== undefined);
  for (const byte of bytes) pieces.push(Buffer.of(byte));
  return pieces.end();
}

function inPieces(random: Random, bytes: Buffer): readonly Image[] {
  const pieces = imagesResponse.pieces?.();
  assert.ok(pieces !== undefined);
  for (let start = 0; start < bytes.length; ) {
    const end = start + random.pick([0, 1, 2, 3, 16, 300]);
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces.end();
}
