import assert from "node:assert/strict";
import { it } from "node:test";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { Images } from "../../../gen/containerd/services/images/v1/images_pb.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { sharedDaemon, versions } from "../../support/daemon/daemon.js";
import { codeNames, RawConnection } from "../../support/raw-cases/call.js";
import { counterparts } from "../../support/raw-cases/versions.js";

/** A call in bytes that no client of today would send. */
interface OddCall {
  readonly method: "Create" | "Update" | "Get" | "List" | "Delete";
  readonly request: Uint8Array;
  readonly namespace?: string;
}

/** Text as it is, or the bytes of a hex literal. */
type Bytes = string | Buffer;

const hex = (digits: string) => Buffer.from(digits, "hex");
const target = message([1, "m"], [2, `sha256:${"a".repeat(64)}`]);
const sizedTarget = Buffer.concat([target, hex("1801")]); // field 3, a varint: 1 byte

const image = (name: Bytes, labels: readonly [Bytes, Bytes][] = []) =>
  message([1, name], ...labels.map(([key, value]) => [2, message([1, key], [2, value])] as const), [3, sizedTarget]);
const create = (...args: Parameters<typeof image>): OddCall => ({
  method: "Create",
  request: message([1, image(...args)]),
});
const named = (method: "Get" | "Delete", name: Bytes): OddCall => ({ method, request: message([1, name]) });
const list = (...filters: Bytes[]): OddCall => ({
  method: "List",
  request: message(...filters.map((text) => [1, text] as const)),
});
const inNamespace = (namespace: string): OddCall => ({ ...list(), namespace });

const long = "x".repeat(4_096);
const notUtf8 = ["ff", "fe", "80", "c3", "61ff62", "e282", "eda080", "f4908080", "c080", "f09f98", "efbfbd"].map(hex);

const calls: readonly OddCall[] = [
  ...notUtf8.map((name) => create(name)),
  create("é"),
  create("\uffff"),
  create("\u{10000}"),
  create(hex("ff")),
  create("labelled", [[hex("6bff"), hex("fe76")]]),
  ...notUtf8.map((name) => named("Get", name)),
  named("Get", hex("fd")),
  list(),
  list('name=="\\xff"'),
  list('name~="^a"'),
  list('name~="\\\\x{fffd}$"'), // to a pattern, a byte that is not UTF-8 is U+FFFD
  list('name~="^[^\\\\x{fffd}]+$"'),
  list('labels."k\\xff"~="^\\\\pSv$"'),
  list('labels."k\\xff"'),
  list('labels."k\\xff"=="\\xfev"', 'name=="\\xe2\\x82"'),
  ...notUtf8.flatMap((text) => [
    list(text),
    list(Buffer.concat([Buffer.from("name=="), text])),
    list(Buffer.concat([Buffer.from('name=="'), text])),
  ]),
  { method: "Update", request: message([1, image(hex("ff"), [["a", hex("fe")]])], [2, message([1, "labels.a"])]) },
  {
    method: "Update",
    request: message(
      [1, image(hex("ff"), [[hex("fd"), "1"]])],
      [2, message([1, Buffer.concat([Buffer.from("labels."), hex("fd")])])],
    ),
  },
  { method: "Update", request: message([1, image(hex("ff"))], [2, message([1, hex("25ff25")])]) },
  named("Get", hex("ff")),
  // Where a message shows the start of a key, it may end inside a character.
  ...["é", "日", "😀"].flatMap((char) =>
    ["", "k", "kk", "kkk"].map((start) => create("long", [[start + char.repeat(30), long]])),
  ),
  create("long", [[Buffer.concat([hex("ff"), Buffer.from("é".repeat(40))]), long]]),
  create("wide", [[hex("ff".repeat(2_048)), "v".repeat(2_048)]]),
  ...["\u00e9", "\u00ff", "a\u00c3\u00a9", "\u00e2\u0082", "\u00a0a"].map(inNamespace),
  named("Delete", hex("fe")),
  named("Delete", hex("fe")),
  list(),
];

for (const version of versions) {
  it(`bytes that are not UTF-8 are answered in memory as by containerd ${version}`, async () => {
    const { address } = await sharedDaemon(version);
    await using service = new InMemoryImages({ version: counterparts[version].profile });
    const server = await service.listen("127.0.0.1:0");
    const [expected, actual] = await Promise.all([address, server.address].map(answers));
    assert.deepEqual(actual, expected);
    const isStored = expected?.[0]?.startsWith("OK") === true;
    assert.equal(isStored, version === "1.6");
  });

  // Node before 22.17, and 24.0 and 24.1, leave out such a header before anyone can see it.
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const seesWhiteSpace = major > 24 || (major === 24 && minor >= 2) || (major === 22 && minor >= 17);
  it(`white space around a namespace is part of it, as on containerd ${version}`, async () => {
    const { address } = await sharedDaemon(version);
    await using service = new InMemoryImages({ version: counterparts[version].profile });
    const server = await service.listen("127.0.0.1:0");
    for (const namespace of [" a", "a ", "\ta", "a\t", "  a  ", " ", "\t"]) {
      const [expected, actual] = await Promise.all(
        [address, server.address].map((at) => answerTo(inNamespace(namespace), at)),
      );
      assert.match(expected ?? "", /^INVALID_ARGUMENT namespace validation: identifier /);
      assert.equal(
        actual,
        seesWhiteSpace ? expected : "FAILED_PRECONDITION namespace is required: failed precondition",
      );
    }
  });
}

async function answers(address: string): Promise<string[]> {
  const all: string[] = [];
  for (const call of calls) all.push(await answerTo(call, address));
  return all;
}

async function answerTo({ method, request, namespace = "odd-bytes" }: OddCall, address: string): Promise<string> {
  using connection = new RawConnection(address);
  const headers = { "containerd-namespace": namespace };
  const {
    code,
    message: text,
    messages,
  } = await connection.call(`/${Images.typeName}/${method}`, request, { headers });
  const isDecoding = text.startsWith("grpc: error unmarshalling request"); // each decoder says it in words of its own
  const shown = [codeNames[code ?? 0] ?? "", isDecoding ? "" : text, ...messages.flatMap(imagesIn)];
  return shown.join(" ");
}

/** The images of an answer, each as the bytes of its fields but for the times; the order of labels is up to chance. */
function imagesIn(bytes: Uint8Array): string[] {
  return fieldsOf(bytes).map(([, image]) => {
    const fields = fieldsOf(image).filter(([number]) => number < 7);
    const shown = fields.map(([number, value]) => `${number}:${Buffer.from(value).toString("hex")}`);
    return shown.sort().join(",");
  });
}

function fieldsOf(bytes: Uint8Array): [number: number, value: Uint8Array][] {
  const reader = new BinaryReader(bytes);
  const fields: [number, Uint8Array][] = [];
  while (reader.pos < reader.len) fields.push([reader.tag()[0], reader.bytes()]);
  return fields;
}

/** A message of fields that are texts, bytes or messages. */
function message(...fields: readonly (readonly [number: number, value: Bytes | Uint8Array])[]): Buffer {
  const writer = new BinaryWriter();
  for (const [number, value] of fields) {
    writer.tag(number, WireType.LengthDelimited).bytes(typeof value === "string" ? Buffer.from(value) : value);
  }
  return Buffer.from(writer.finish());
}
