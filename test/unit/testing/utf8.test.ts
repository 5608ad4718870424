import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createClient } from "@connectrpc/connect";
import fc from "fast-check";
import { Images } from "../../../gen/containerd/services/images/v1/images_pb.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { byteLength, bytesOf, compareBytes, textOf } from "../../../src/testing/store/utf8.js";
import { anyCharacter } from "../../support/any-character.js";

const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.string({ unit: anyCharacter, maxLength: 3 }).map((text) => Buffer.from(text)),
    ),
  )
  .map((parts) => Buffer.concat(parts));

describe("text of any bytes", () => {
  it("becomes the same bytes again, in the same order and of the same length", () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        assert.ok(Buffer.from(bytesOf(textOf(a))).equals(a));
        assert.equal(byteLength(textOf(a)), a.length);
        assert.equal(Math.sign(compareBytes(textOf(a), textOf(b))), Buffer.compare(a, b));
      }),
    );
  });

  it("has a stand-in for each byte that is no character for Go", () => {
    const read = (hex: string) => textOf(Buffer.from(hex, "hex"));
    assert.equal(read("61c3a9f09f9880"), "aé😀");
    assert.equal(read("efbbbf61"), "\ufeffa");
    assert.equal(read("f09f98"), "\udcf0\udc9f\udc98");
    assert.equal(read("eda080"), "\udced\udca0\udc80");
    assert.equal(read("c080ff61"), "\udcc0\udc80\udcffa");
    assert.equal(read("f4908080"), "\udcf4\udc90\udc80\udc80");
  });
});

it("a key that is cut inside a character shows U+FFFD for each byte that is left of it", async () => {
  const messageOf = async (version: "1.6" | "2.1", key: string) => {
    const client = createClient(Images, new InMemoryImages({ version }).transport);
    const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1n };
    const image = { name: "app", target, labels: { [key]: "v".repeat(4_096) } };
    const error = await client.create({ image }, { headers: { "containerd-namespace": "default" } }).catch(String);
    return /key: (.*): invalid argument/.exec(String(error))?.[1];
  };
  assert.equal(await messageOf("2.1", `k${"😀".repeat(20)}`), `k${"😀".repeat(15)}\ufffd\ufffd\ufffd`);
  assert.equal(await messageOf("2.1", "日".repeat(30)), `${"日".repeat(21)}\ufffd`);
  assert.equal(await messageOf("1.6", "😀".repeat(20)), "😀😀\ufffd\ufffd");
});
