import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import fc from "fast-check";
import { ListImagesResponseSchema } from "../../../gen/containerd/services/images/v1/images_pb.js";
import { ListNamespacesResponseSchema } from "../../../gen/containerd/services/namespaces/v1/namespace_pb.js";
import { VersionResponseSchema } from "../../../gen/containerd/services/version/v1/version_pb.js";
import {
  field,
  fieldPaths,
  ImagesClient,
  ImagesError,
  isFilterSyntaxError,
  isImagesError,
  isValidationError,
  parse,
  printable,
} from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { anyCharacter } from "../../support/any-character.js";
import { isLong } from "../../support/is-long.js";

const RUNS = { numRuns: isLong ? 500 : 50 };
const target = { mediaType: "text/plain", digest: `sha256:${"0".repeat(64)}`, size: 1 };

// Written out by number, unlike in the code under test.
const HOSTILE: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe007f],
];

function assertHarmless(shown: string): void {
  const points = [...shown].map((character) => character.codePointAt(0) ?? 0);
  const found = points.filter((point) => HOSTILE.some(([first, last]) => first <= point && point <= last));
  assert.deepEqual(found, [], inspect(shown));
}

const samples = [
  ..."\0\x07\b\t\n\r\x1b\x7f\x80\x9b\x9d\xad\u061c\u200b\u200d\u200e\u2028\u2029\u202e\u2066\u2069\ufeff",
  "\u{e0041}",
  "\ud83d",
  "\udc80",
  "\x1b[2J",
];
const hostile = fc.array(fc.oneof(fc.constantFrom(...samples), fc.string({ unit: anyCharacter, maxLength: 3 })), {
  minLength: 1,
  maxLength: 8,
});
const text = fc.tuple(hostile, fc.constantFrom(...samples)).map(([parts, sample]) => [...parts, sample].join(""));
const wellFormed = text.map((value) => value.toWellFormed());

/** The error that `run` throws, in the forms that people and logs see. */
async function thrown(run: () => unknown): Promise<ImagesError | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    assert.ok(isImagesError(error), inspect(error));
    // The message about a filter has three lines of its own.
    const lines = isFilterSyntaxError(error) ? error.message.split("\n") : [error.message];
    assert.ok(lines.length === 1 || lines.length === 3);
    const issues = isValidationError(error) ? error.issues.flatMap(({ path, message }) => [path, message]) : [];
    for (const line of [...lines, error.hint ?? "", ...issues]) assertHarmless(line);
    return error;
  }
}

function clientOf(transport: Transport, namespace = "default"): ImagesClient {
  return new ImagesClient({ namespace, transport, retry: false });
}

/** A server whose responses come from `respond`. */
function answering(respond: (schema: DescMessage) => Message | undefined): Transport {
  const unary: Transport["unary"] = async (method) => ({
    stream: false,
    service: method.parent,
    method,
    header: new Headers(),
    trailer: new Headers(),
    message: Object.assign(create(method.output), respond(method.output)),
  });
  const stream: Transport["stream"] = () => Promise.reject(new ConnectError("none", Code.Unimplemented));
  return { unary, stream };
}

describe("printable", () => {
  it("escapes every unit of what is dangerous, and nothing else", () => {
    assert.equal(
      printable("a\x1b[2J\u202e\u{e0041}\ud83d é 漢 🐳 \\"),
      String.raw`a\u001b[2J\u202e\udb40\udc41\ud83d é 漢 🐳 \\`.replace("\\\\", "\\"),
    );
  });

  it("leaves nothing dangerous in any text", () => {
    fc.assert(
      fc.property(text, (value) => {
        assertHarmless(printable(value));
        assert.equal(printable(printable(value)), printable(value));
      }),
    );
  });
});

describe("no message or hint has a dangerous character", () => {
  it("from the name, labels and headers of a request", async () => {
    await using images = clientOf(new InMemoryImages().transport);
    const property = async (value: string) => {
      const calls = [
        () => images.get(value),
        () => images.update(value, { labels: { a: "b" } }),
        () => images.create({ name: "a", target, labels: { [value]: "" } }),
        () => images.create({ name: "a", target: { ...target, annotations: { [value]: "" } } }),
        () => images.create({ name: "a", target, [value]: 1 }),
        () => images.create({ name: "a", target, [`labels.${value}`]: 1 }),
        () => images.create({ name: "a", target: { ...target, mediaType: value } }),
        () => images.update("a", { labels: { [value]: "x".repeat(5_000) } }),
        () => images.get("a", { headers: { [value]: "a" } }),
        () => images.get("a", { headers: { a: value } }),
        () => images.deleteMany([value, ""]),
        () => images.tag(value, value),
        () => images.delete(value, { ifTarget: { digest: target.digest } }),
        () => images.waitFor(value, "present", { timeoutMs: 1 }),
        () => images.raw.get({ name: value }),
        () => images.withNamespace(value),
        () => images.withLease(value),
        () => fieldPaths({ labels: { [value]: "" } }),
        () => new ImagesClient({ namespace: "a", address: value }),
        () => new ImagesClient({ namespace: "a", address: `${value}://a` }),
      ];
      const errors = await Promise.all(calls.map(thrown));
      assert.ok(errors.filter((error) => error !== undefined).length > 10);
      const missing = errors[0];
      if (value.isWellFormed()) assert.equal(missing?.imageName, value, "the structured field is exact");
    };
    await fc.assert(fc.asyncProperty(text, property), { numRuns: isLong ? 100 : 15 });
  });

  it("from a filter: its text, its pattern and the key of its label", async () => {
    await using images = clientOf(new InMemoryImages().transport);
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const refused = [
          () => parse(value),
          () => parse(`name==${value}`, `labels.${value}`),
          () => images.list(parse(`labels.${JSON.stringify(value.toWellFormed().replaceAll("\0", ""))}~="("`)),
        ];
        for (const error of await Promise.all(refused.map(thrown))) assert.ok(error !== undefined);
        await thrown(() => field.name.matches(value));
        await thrown(() => field.label(value).equals(value));
      }),
      RUNS,
    );
  });

  it("from the status of a server", async () => {
    await fc.assert(
      fc.asyncProperty(
        wellFormed,
        fc.constantFrom(Code.NotFound, Code.Internal, Code.Unavailable),
        async (value, code) => {
          const failing = () => Promise.reject(new ConnectError(value, code));
          await using images = clientOf({ unary: failing, stream: failing });
          const calls = [
            () => images.get(value),
            () => images.list(),
            () => images.upsert({ name: "a", target }),
            () => images.delete("a", { ifTarget: { digest: target.digest } }),
            () => images.raw.get({ name: "a" }),
            () => images.waitFor("a", "present", { timeoutMs: 1 }),
          ];
          for (const error of await Promise.all(calls.map(thrown))) {
            assert.ok(error !== undefined);
            // Node prints the causes of an error too, and the cause from a foreign transport is not escaped.
            const { cause } = error;
            if (cause instanceof Error && !(cause instanceof ConnectError)) assertHarmless(cause.message);
          }
          assertHarmless((await images.diagnose()).text.replaceAll("\n", ""));
        },
      ),
      RUNS,
    );
  });

  it("from the version, the namespaces and the answers of a server", async () => {
    await fc.assert(
      fc.asyncProperty(wellFormed, async (value) => {
        const answers = new Map<DescMessage, Message>([
          [VersionResponseSchema, create(VersionResponseSchema, { version: value })],
          [ListNamespacesResponseSchema, create(ListNamespacesResponseSchema, { namespaces: [{ name: value }] })],
          [ListImagesResponseSchema, create(ListImagesResponseSchema, { images: [] })],
        ]);
        await using images = clientOf(answering((schema) => answers.get(schema)));
        const diagnosis = await images.diagnose();
        const { text, findings, version, namespaces } = diagnosis;
        assert.equal(version, value, "the structured field is exact");
        assert.deepEqual(
          namespaces.map(({ name }) => name),
          [value],
        );
        assert.match(text, /holds no images/);
        for (const shown of [...text.split("\n"), ...findings.flatMap(({ message, advice = "" }) => [message, advice])])
          assertHarmless(shown);
        const refused = await thrown(() => images.create({ name: "a", target }, { sourceDateEpoch: new Date(0) }));
        assert.match(refused?.message ?? "", /needs containerd 1\.7 or newer, and this is /); // the version follows
      }),
      RUNS,
    );
  });

  it("of an error that a program makes itself", () => {
    const details = { code: "unknown", method: "get", namespace: "", attempts: 0, outcome: "unknown" } as const;
    const { message, hint } = new ImagesError("a\nb", { ...details, hint: "c\x1b" });
    assert.deepEqual([message, hint], ["a\\u000ab", "c\\u001b"]);
    assert.equal(new ImagesError(["a", "b"], details).message, "a\nb");
  });
});

describe("long texts", () => {
  it("of a server are shortened in the middle", async () => {
    const long = `image "${"a".repeat(100_000)}": not found`;
    const failing = () => Promise.reject(new ConnectError(long, Code.NotFound));
    await using images = clientOf({ unary: failing, stream: failing });
    const error = await thrown(() => images.get("app:1"));
    assert.ok((error?.message.length ?? Number.NaN) < 1_200);
    assert.match(error?.message ?? "", /image "aaa.*…a+": not found$/);
  });

  it("of a server's version and of very many namespaces are shortened in a diagnosis", async () => {
    const names = Array.from({ length: 100 }, (_, i) => ({ name: `n${i}` }));
    const answers = new Map<DescMessage, Message>([
      [VersionResponseSchema, create(VersionResponseSchema, { version: `1.6.${"0".repeat(100_000)}` })],
      [ListNamespacesResponseSchema, create(ListNamespacesResponseSchema, { namespaces: names })],
    ]);
    let lists = 0;
    const count = () => create(ListImagesResponseSchema, { images: lists++ === 0 ? [] : [{ name: "a" }] });
    await using images = clientOf(
      answering((schema) => (schema === ListImagesResponseSchema ? count() : answers.get(schema))),
    );
    const { text, namespaces } = await images.diagnose();
    assert.equal(namespaces.length, 100);
    assert.match(text, /"n9" \(1\), and 90 more$/m);
    assert.ok(text.length < 5_000, `${text.length}`);
  });
});
