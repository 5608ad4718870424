import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatWithoutArguments, quote } from "../../src/testing/store/go-format.js";
import { compareUtf8 } from "../../src/utf8-order.js";

test("quotes names as containerd shows them", () => {
  assert.equal(quote('a"b\\c\n\0é\u200b'), String.raw`"a\"b\\c\n\x00é\u200b"`);
  assert.equal(quote("\x07\b\f\r\t\v\x7f\x1b"), String.raw`"\a\b\f\r\t\v\x7f\x1b"`);
  assert.equal(quote("日本 😀\u{e0001}\u2028\u00a0"), String.raw`"日本 😀\U000e0001\u2028\u00a0"`);
});

test("reads a text as a format string without arguments", () => {
  const cases = [
    ["a%d b", "a%!d(MISSING) b"],
    ["100%", "100%!(NOVERB)"],
    ["%%", "%"],
    ["%é", "%!é(MISSING)"],
    ["%-08.3f|", "%!f(MISSING)|"],
    ["%*d", "%!(BADWIDTH)%!d(MISSING)"],
    ["%.*d", "%!(BADPREC)%!d(MISSING)"],
    ["plain", "plain"],
  ];
  for (const [text = "", expected] of cases) assert.equal(formatWithoutArguments(text), expected);
});

test("orders names by their bytes", () => {
  const text = fc.string({ unit: "binary", maxLength: 6 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareUtf8(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
  assert.ok(compareUtf8("\uffee", "\u{1f600}") < 0);
});
