import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatWithoutArguments, quote } from "../../../src/testing/store/go-format.js";
import { parseGoTime } from "../../../src/testing/store/go-time.js";

describe("the service in memory", () => {
  it("quotes names as containerd shows them", () => {
    assert.equal(quote('a"b\\c\n\0é\u200b'), String.raw`"a\"b\\c\n\x00é\u200b"`);
    assert.equal(quote("\x07\b\f\r\t\v\x7f\x1b"), String.raw`"\a\b\f\r\t\v\x7f\x1b"`);
    assert.equal(quote("日本 😀\u{e0001}\u2028\u00a0"), String.raw`"日本 😀\U000e0001\u2028\u00a0"`);
    assert.equal(
      quote("\x80\x9f\ue000\ufeff\uffff\u{10000}\u{1ffff}"),
      String.raw`"\u0080\u009f\ue000\ufeff\uffff𐀀\U0001ffff"`,
    );
    assert.equal(quote("\udc80\udcff"), String.raw`"\x80\xff"`); // the bytes 80 and ff
  });

  it("reads a text as a format string without arguments", () => {
    const cases = [
      ["a%d b", "a%!d(MISSING) b"],
      ["100%", "100%!(NOVERB)"],
      ["%%", "%"],
      ["%é", "%!é(MISSING)"],
      ["%-08.3f|", "%!f(MISSING)|"],
      ["%*d", "%!(BADWIDTH)%!d(MISSING)"],
      ["%.*d", "%!(BADPREC)%!d(MISSING)"],
      ["%.d", "%!d(MISSING)"],
      ["%.", "%!.(MISSING)"],
      ["%[1]d", "%!d(BADINDEX)"],
      ["%[1]*.[2]*[3]f", "%!(BADWIDTH)%!(BADPREC)%!f(BADINDEX)"],
      ["%[1][2]d", "%![(BADINDEX)2]d"],
      ["%[1]*[2]d", "%!(BADWIDTH)%!d(BADINDEX)"],
      ["%*[1]*d", "%!(BADWIDTH)%!*(BADINDEX)d"],
      ["%[10000009][1]d", "%![(BADINDEX)1]d"],
      ["%[10000010][1]d", "%!d(BADINDEX)"],
      ["%[x][2]d", "%!d(BADINDEX)"],
      ["%[x", "%!x(BADINDEX)"],
      ["%[]", "%!](BADINDEX)"],
      ["%[]d", "%!d(BADINDEX)"],
      ["%[1]%", "%"],
      ["%1000001d", "%!d(MISSING)"],
      ["%10000009d and all the rest", "%!d(MISSING) and all the rest"],
      ["%10000010d and all the rest", "%!(NOVERB)"],
      ["%\ufffd", "%!\ufffd(MISSING)"],
      ["plain", "plain"],
    ];
    for (const [text = "", expected] of cases) assert.equal(formatWithoutArguments(text), expected);
  });

  it("reads times as Go does", () => {
    const time = (text: string) => {
      const nanos = parseGoTime(text);
      return nanos === undefined ? undefined : new Date(Number(nanos / 1_000_000n)).toISOString();
    };
    const cases = [
      ["2001-02-28T04:05:06Z", "2001-02-28T04:05:06.000Z"],
      ["2001-02-28T4:05:06Z", "2001-02-28T04:05:06.000Z"],
      ["2001-02-28T04:05:06,5Z", "2001-02-28T04:05:06.500Z"],
      ["2001-02-28T04:05:06+24:00", "2001-02-27T04:05:06.000Z"],
      ["2001-02-28T04:05:06-23:60", "2001-03-01T04:05:06.000Z"],
      ["0000-02-29T00:00:00Z", "0000-02-29T00:00:00.000Z"],
      ["2001-02-29T04:05:06Z", undefined],
      ["2001-02-30T04:05:06Z", undefined],
      ["2001-00-10T04:05:06Z", undefined],
      ["2001-01-01T24:00:00Z", undefined],
      ["2001-00-01T04:05:06Z", undefined],
      ["2001-13-01T04:05:06Z", undefined],
      ["2001-01-00T04:05:06Z", undefined],
      ["2001-01-01T04:60:06Z", undefined],
      ["2001-01-01T23:59:60Z", undefined],
      ["2001-01-01T04:05:06+24:61", undefined],
      ["2001-01-01T04:05:06+25:00", undefined],
      ["2001-01-01t04:05:06z", undefined],
      ["2001-01-01T04:05:06", undefined],
      ["2001-01-01T04:05:06.Z", undefined],
      ["2001-01-01T04:05:06Z ", undefined],
      ["", undefined],
    ];
    for (const [text = "", expected] of cases) assert.equal(time(text), expected, text);
    assert.equal(parseGoTime("1970-01-01T00:00:00.1234567899Z"), 123_456_789n);
  });
});
