import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, createClient } from "@connectrpc/connect";
import fc from "fast-check";
import { Events } from "../../../gen/containerd/services/events/v1/events_pb.js";
import { ImageUpdateSchema } from "../../../gen/containerd/services/images/v1/events_pb.js";
import { Images } from "../../../gen/containerd/services/images/v1/images_pb.js";
import { isFilterSyntaxError } from "../../../src/errors.js";
import { parse } from "../../../src/filters/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { filterComplaint } from "../../../src/testing/services/filter-complaint.js";

const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1n };
const headers = { "containerd-namespace": "default" };

const piece = fc.constantFrom(
  ...[
    "name",
    "labels",
    "a",
    ".",
    ",",
    "==",
    "!=",
    "~=",
    "=",
    "!",
    '"',
    '"',
    "/",
    "|",
    "\\",
    "\\n",
    "\\x61",
    "\\X61",
    "\\141",
  ],
  ...[
    "\\777",
    "\\u00e9",
    "\\U0001f600",
    "\\U00110000",
    "\\U80000061",
    "\\ud800",
    '\\"',
    "\\/",
    " ",
    "\n",
    "\u00a0",
    "\u200b",
    "é",
    "\u{1f600}",
  ],
  ...["\0", "\ufffd", "%", "-", '"b"', "/./", "^a", "$", "*", "[", "(a)", "'", "\u0378", "\ue000"],
);
const filterText = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));

describe("the service in memory", () => {
  it("complains of exactly what parse refuses", () => {
    fc.assert(
      fc.property(filterText, (text) => assert.equal(filterComplaint(text) !== undefined, isRefused(text))),
      { numRuns: 5_000 },
    );
  });

  it("and parse read escape sequences up to the same numbers", () => {
    const texts = ["377", "400", "U0010ffff", "U00110000", "U7fffffff", "U80000000"].map((code) => `name=="\\${code}"`);
    const refused = [1, 3, 4].map((at) => texts[at]);
    assert.deepEqual(texts.filter(isRefused), refused);
    assert.deepEqual(
      texts.filter((text) => filterComplaint(text) !== undefined),
      refused,
    );
  });

  function isRefused(text: string): boolean {
    try {
      parse(text);
      return false;
    } catch (error) {
      assert.ok(isFilterSyntaxError(error));
      return true;
    }
  }

  it("complains in containerd's words", () => {
    const complaints = [
      ["name=", 'filters: parse error: [name >|=|< ]: unsupported operator "="'],
      ["name==", "filters: parse error: [name==]: expected value or quoted"],
      ["labels.sl/ash==x", "filters: parse error: [labels.sl >|/|< ash==x]: quoted literal not terminated"],
      ["labels./a/==x", "filters: parse error: [labels. >|/|< a/==x]: invalid quote encountered"],
      ['name=="\\777"', 'filters: parse error: [name== >|"|< \\777"]: unquoting failed: quote syntax error'],
      [
        'name=="\\U7fffffff"',
        'filters: parse error: [name== >|"|< \\U7fffffff"]: unquoting failed: quote syntax error',
      ],
      ['name=="\\U80000061"', undefined],
      ['name=="\\Uffffffff"x', 'filters: parse error: [name=="\\Uffffffff" >|x|< ]: unexpected input: x'],
      ['name=="a" ', 'filters: parse error: [name=="a" >| |< ]: unexpected input:  '],
      ["é", "filters: parse error: [ >|\ufffd|< \ufffd]: expected field or quoted"],
      ["a\0", "filters: parse error: [a >|\0|< ]: unexpected null"],
    ] as const;
    for (const [text, complaint] of complaints) assert.equal(filterComplaint(text), complaint);
  });

  it("complains at the end of what it has read before, also after quotes", () => {
    const read = ["name", "name~=/a/", "name~=|a|", "name~=|a\\|b|", 'name=="a\\n"', 'labels."a\\n"==x'];
    for (const text of read.map((clause) => `${clause},b==`))
      assert.equal(filterComplaint(text), `filters: parse error: [${text}]: expected value or quoted`);
  });

  it("complains of quotes at their beginning, with the reason that containerd gives", () => {
    const reasons = [
      ['a\nb"', "quoted literal not terminated"],
      ['a\\"', "quoted literal not terminated"],
      ["a\\", "illegal escape sequence"],
      ['a\\q"', "illegal escape sequence"],
      ["a\\x", "illegal numeric escape sequence"],
      ["a\\x4", "illegal numeric escape sequence"],
      ['a\\12"', "illegal numeric escape sequence"],
      ["\0", "unexpected null"],
      ['a\\\0"', "unexpected null"],
      ['a\\12\0"', "unexpected null"],
      ['\\777\\n"', "unquoting failed: quote syntax error"],
      ['\\n\\777"', "unquoting failed: quote syntax error"],
    ] as const;
    for (const [quoted, reason] of reasons)
      assert.equal(filterComplaint(`name=="${quoted}`), `filters: parse error: [name== >|"|< ${quoted}]: ${reason}`);
  });

  it("a pattern that the version's Go does not know matches nothing", async () => {
    const known = async (version: "1.6" | "1.7" | "2.1") => {
      const service = new InMemoryImages({ version });
      service.seed([{ name: "a", target: { ...target, size: 1 } }]);
      const client = createClient(Images, service.transport);
      const patterns = ["(?P<n>a)", "(?<n>a)", "\\\\p{^Cn}", "[\\\\p{L}]", "[(?<n>a)]"];
      const counts = patterns.map(async (pattern) => {
        const { images } = await client.list({ filters: [`name~="${pattern}"`] }, { headers });
        return images.length;
      });
      return Promise.all(counts);
    };
    assert.deepEqual(await known("1.6"), [1, 0, 0, 1, 1]);
    assert.deepEqual(await known("1.7"), [1, 1, 0, 1, 1]);
    assert.deepEqual(await known("2.1"), [1, 1, 1, 1, 1]);
  });

  it("a subscription gives what its filters let through", async () => {
    const service = new InMemoryImages();
    const images = createClient(Images, service.transport);
    const filters = [
      [],
      ['topic=="/images/update"', "event.name==last"],
      ["namespace==other", "event.name==last"],
      ["event.name==a,event.labels.env==prod", "event.name==last"],
      ["event.labels.env!=prod"],
      ["event.target==m", "timestamp", "event", "event.name==last"],
    ];
    const subscriptions = filters.map((texts) => untilLast(service, texts));
    await new Promise(setImmediate); // nothing says when a subscription has begun; here it takes no I/O
    const image = { name: "a", target, labels: { env: "prod" } };
    await images.create({ image }, { headers });
    await images.update({ image: { ...image, labels: { env: "dev" } } }, { headers });
    await images.create({ image }, { headers: { "containerd-namespace": "other" } });
    await images.delete({ name: "a" }, { headers });
    await images.create({ image: { name: "last", target } }, { headers });
    assert.deepEqual(await Promise.all(subscriptions), [
      ["create a prod", "update a dev", "create a prod", "delete a ", "create last "],
      ["update a dev", "create last "],
      ["create a prod", "create last "],
      ["create a prod", "create a prod", "create last "],
      ["update a dev", "delete a ", "create last "],
      ["create last "],
    ]);
  });

  for (const version of ["1.6", "1.7", "2.1"] as const) {
    it(`a filter reads a published event by its type, as containerd ${version} does`, async () => {
      const service = new InMemoryImages({ version });
      const named = toBinary(ImageUpdateSchema, create(ImageUpdateSchema, { name: "a" }));
      const events = createClient(Events, service.transport);
      const publish = (topic: string, typeUrl: string, value: Uint8Array) =>
        events.publish({ topic, event: { typeUrl, value } }, { headers });
      const subscription = topicsUntilLast(service, ["event.name==a", 'topic=="/last"']);
      await new Promise(setImmediate); // as above
      await publish("/of-an-image", ImageUpdateSchema.typeName, named);
      await publish("/of-a-namespace", "containerd.events.NamespaceDelete", named);
      await publish("/images/update", "of.no.known.Type", named);
      await publish("/images/update", ImageUpdateSchema.typeName, Uint8Array.of(0xff));
      await publish("/last", ImageUpdateSchema.typeName, Uint8Array.of(0xff));
      assert.deepEqual(await subscription, ["/of-an-image", "/of-a-namespace", "/last"]);
    });
  }

  it("a subscription whose filter cannot be read fails as containerd's", async () => {
    const service = new InMemoryImages();
    await assert.rejects(untilLast(service, ["name="]), {
      rawMessage:
        'subscription error: failed parsing subscription filters: filters: parse error: [name >|=|< ]: unsupported operator "=": invalid argument',
      code: Code.Unknown,
    });
  });
});

/** A line for each event, up to the one about the image called `last`. */
async function untilLast({ transport }: InMemoryImages, filters: string[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const { topic, event } of createClient(Events, transport).subscribe({ filters })) {
    // The payloads share their field numbers.
    const {
      name,
      labels: { env = "" },
    } = fromBinary(ImageUpdateSchema, event?.value ?? new Uint8Array());
    lines.push(`${topic.slice("/images/".length)} ${name} ${env}`);
    if (name === "last") break;
  }
  return lines;
}

async function topicsUntilLast({ transport }: InMemoryImages, filters: string[]): Promise<string[]> {
  const topics: string[] = [];
  for await (const { topic } of createClient(Events, transport).subscribe({ filters })) {
    topics.push(topic);
    if (topic === "/last") break;
  }
  return topics;
}
