import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { ClientHttp2Stream } from "node:http2";
import { PassThrough } from "node:stream";
import { describe, it, mock } from "node:test";
import fc from "fast-check";
import { createRequest, getRequest, listRequest } from "../../../src/codec/requests.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import { ExcessiveMessage, type ResponseDecoder } from "../../../src/rpc/response-decoder.js";
import { MessageReader } from "../../../src/transport/http2/message-reader.js";
import { needsOwnSession } from "../../../src/transport/http2/own-session.js";
import { PREFIX_BYTES, writeMessage } from "../../../src/transport/http2/prefixed-message.js";
import { grpcTimeout, USER_AGENT } from "../../../src/transport/http2/request-headers.js";
import { retryAfterMs } from "../../../src/transport/http2/retry-after.js";
import { statusFailure } from "../../../src/transport/http2/status.js";
import { printable } from "../../../src/util/printable.js";
import { grpcMessage } from "../../faults/frames.js";
import { anyCharacter } from "../../support/any-character.js";

const unitMs = { m: 1, S: 1_000, M: 60_000, H: 3_600_000 } as const;

describe("grpc-timeout", () => {
  it("has at most eight digits and is never shorter than what is left", () => {
    const times = fc.oneof(
      fc.double({ min: 0, max: 2 ** 40, noNaN: true }),
      fc.nat(),
      fc.constantFrom(0, 0.1, 99_999_999),
    );
    fc.assert(
      fc.property(times, (leftMs) => {
        const [, digits, unit] = /^(\d{1,8})([mSMH])$/.exec(grpcTimeout(leftMs)) ?? assert.fail(grpcTimeout(leftMs));
        const sentMs = Number(digits) * unitMs[unit as keyof typeof unitMs]; // the expression allows no other
        assert.ok(sentMs >= leftMs && sentMs > 0);
        assert.ok(unit !== "m" || sentMs <= leftMs + 1);
      }),
      { numRuns: 10_000 },
    );
  });

  it("has the smallest unit in which eight digits are enough, and none is too long", () => {
    const times = [0, 99_999_999, 100_000_000, 99_999_999_000, 99_999_999_001, Number.POSITIVE_INFINITY];
    assert.deepEqual(times.map(grpcTimeout), ["1m", "99999999m", "100000S", "99999999S", "27778H", "99999999H"]);
  });
});

describe("a request that must not share its connection", () => {
  const [short, long] = ["app:1", "a".repeat(5_000)];
  const labels = Object.fromEntries([1, 2].map((n) => [`${n}`, "v".repeat(4_000)]));
  const target = { mediaType: "", digest: "", size: 0, annotations: {} };
  for (const [what, request, isIt] of [
    ["a short name", getRequest(short), false],
    ["a long name", getRequest(long), true],
    ["a long filter", listRequest([long]), true],
    ["a create of a long name", createRequest({ name: long, labels: {}, target }, undefined), true],
    ["a create with many labels", createRequest({ name: short, labels, target }, undefined), false],
  ] as const) {
    it(`${isIt ? "has" : "does not have"} ${what}`, () => assert.equal(needsOwnSession(request), isIt));
  }
});

describe("the message of a request", () => {
  for (const bytes of [0, 16_384, 16_385, 100_000]) {
    it(`of ${bytes} bytes has its prefix before it, and is all that is sent`, async () => {
      const sent = new PassThrough();
      const message = Buffer.alloc(bytes, 7);
      writeMessage(sent as unknown as ClientHttp2Stream, message); // only what it has in common with any stream
      assert.deepEqual(Buffer.concat(await sent.toArray()), grpcMessage(message));
    });
  }
});

describe("grpc-message", () => {
  const messageOf = (encoded: string) => statusFailure({ "grpc-status": "5", "grpc-message": encoded })?.message;

  it("is decoded as Go encodes it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
        assert.equal(messageOf(encodeURIComponent(text.toWellFormed())), printable(text.toWellFormed()));
      }),
    );
  });

  it("is left as it is where it is not encoded, and never hides the status", () => {
    assert.equal(messageOf("100%"), "100%");
    assert.equal(messageOf(Buffer.from("geht nicht für 5 €").toString("latin1")), "geht nicht für 5 €");
    assert.equal(messageOf("%zz%41"), "%zzA");
    assert.equal(messageOf("%ff"), "\ufffd");
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        assert.equal(statusFailure({ "grpc-status": "5", "grpc-message": text })?.code, "not_found");
      }),
    );
  });
});

describe("push-back", () => {
  for (const [value, expected] of [
    [undefined, undefined],
    ["0", 0],
    ["1500", 1500],
    ["-1", "stop"],
    ["soon", "stop"],
    ["1.5", "stop"],
    ["1, 2", "stop"],
    ["", "stop"],
    ["99999999999", "stop"],
  ] as const) {
    it(`${value} is ${expected}`, () => {
      const failure = statusFailure({ "grpc-status": "14", "grpc-retry-pushback-ms": value });
      assert.equal(failure?.pushback, expected);
    });
  }
});

describe("retry-after", () => {
  const at = "Sun, 06 Nov 1994 08:49:37 GMT";
  const date = "Sun, 06 Nov 1994 08:49:07 GMT";
  const nowMs = Date.parse("1994-11-06T08:49:30Z");
  for (const [what, headers, expected] of [
    ["no header", {}, undefined],
    ["0", { "retry-after": "0" }, 0],
    ["seconds", { "retry-after": "120" }, 120_000],
    ["more seconds than a timer can wait", { "retry-after": "9".repeat(30) }, 999_999_999],
    ["a date, by the clock of the response", { "retry-after": at, date }, 30_000],
    ["a date, by our clock if the response has none", { "retry-after": at }, 7_000],
    ["a date, by our clock if that of the response is no date", { "retry-after": at, date: "today" }, 7_000],
    ["a date that has passed", { "retry-after": date, date: at }, 0],
    ["a date of no calendar", { "retry-after": "Sun, 99 Nov 1994 08:49:37 GMT" }, undefined],
    ["a negative number", { "retry-after": "-1" }, undefined],
    ["a fraction", { "retry-after": "1.5" }, undefined],
    ["a word", { "retry-after": "soon" }, undefined],
    ["nothing", { "retry-after": "" }, undefined],
  ] as const) {
    it(`${what}: ${expected}`, () => assert.equal(retryAfterMs(headers, nowMs), expected));
  }
});

describe("a message", () => {
  const whole: ResponseDecoder<string> = { whole: (message) => Buffer.from(message).toString("hex") };
  const inPieces: ResponseDecoder<string> = {
    ...whole,
    pieces: () => {
      const seen: Uint8Array[] = [];
      return { push: (piece) => void seen.push(piece), end: () => Buffer.concat(seen).toString("hex") };
    },
  };
  const messages = fc.uint8Array({ maxLength: 300 });
  const cuts = fc.array(fc.nat({ max: 310 }), { maxLength: 20 });

  it("is the same in whatever chunks it comes", () => {
    fc.assert(
      fc.property(messages, cuts, fc.constantFrom(whole, inPieces), (message, at, decoder) => {
        assert.equal(read(decoder, chunks(grpcMessage(message), at)), Buffer.from(message).toString("hex"));
      }),
    );
  });

  it("is read while it arrives from 16 KiB on, and is the same", () => {
    const pushed = mock.fn((_piece: Uint8Array) => {});
    for (const [bytes, pieces] of [
      [16_383, 0],
      [16_384, 2],
    ] as const) {
      const decoder = { whole: () => "whole", pieces: () => ({ push: pushed, end: () => "pieces" }) };
      const message = Buffer.from({ length: bytes, 0: 1, 1: 2 });
      assert.equal(read(decoder, chunks(grpcMessage(message), [100]), bytes), pieces > 0 ? "pieces" : "whole");
      assert.equal(pushed.mock.callCount(), pieces);
      if (pieces > 0) assert.deepEqual(Buffer.concat(pushed.mock.calls.map((call) => call.arguments[0])), message);
    }
  });

  it("says what is wrong with it", () => {
    const message = grpcMessage(Buffer.alloc(3));
    for (const [pieces, what] of [
      [[], "no message"],
      [[Buffer.alloc(0)], "no message"],
      [[message.subarray(0, 2)], "the message is cut off"],
      [[message.subarray(0, PREFIX_BYTES)], "the message is cut off"],
      [[message.subarray(0, -1)], "the message is cut off"],
      [[grpcMessage(Buffer.alloc(3), 3, 1)], "the message is compressed"],
      [[grpcMessage(Buffer.alloc(3), 3, 2)], "its first byte is 2"],
    ] as const)
      assert.throws(() => read(whole, pieces), { message: `malformed answer: ${what}` });
    const huge = grpcMessage(Buffer.alloc(0), 0x12345678);
    assert.throws(() => read(whole, [huge]), { message: "the answer has 305419896 bytes; at most 1000 are read" });
  });

  it("is refused when it is too short or too long, in whatever chunks it comes", () => {
    fc.assert(
      fc.property(messages, cuts, fc.integer({ min: -300, max: 300 }), (message, at, difference) => {
        fc.pre(difference !== 0 && message.length + difference >= 0);
        const bytes = grpcMessage(message, message.length + difference);
        assert.throws(() => read(whole, chunks(bytes, at)), {
          code: "internal",
          kind: "malformed",
          evidence: "answered",
        });
      }),
    );
  });

  it("is the only one: whatever follows it is refused, also in a chunk of its own", () => {
    for (const first of [Buffer.alloc(0), Buffer.alloc(3)])
      for (const rest of [Buffer.alloc(1), grpcMessage(Buffer.alloc(3))]) {
        const [message, more] = [grpcMessage(first), { message: /more than one message/ }];
        assert.throws(() => read(whole, [message, rest]), more);
        assert.throws(() => read(whole, [Buffer.concat([message, rest])]), more);
      }
  });

  it("may come in very many chunks, if they are not tiny", () => {
    for (const [chunkBytes, isRead] of [
      [64, true],
      [63, false],
    ] as const) {
      const bytes = grpcMessage(Buffer.alloc(10_001 * chunkBytes - PREFIX_BYTES));
      const ends = Array.from({ length: 10_001 }, (_, n) => (n + 1) * chunkBytes);
      const result = () => read(whole, chunks(bytes, ends), bytes.length);
      if (isRead) assert.equal(result().length, 2 * (bytes.length - PREFIX_BYTES));
      else assert.throws(result, { code: "internal", message: /10001 frames hold no more than 630063 bytes/ });
    }
  });

  it("larger than the limit is refused by its prefix alone", () => {
    const prefix = grpcMessage(Buffer.alloc(0), 1_001);
    assert.throws(() => read(whole, [prefix]), { code: "resource_exhausted", kind: "malformed" });
  });

  it("that the decoder refuses is malformed, whatever it threw", () => {
    const cause = new RangeError("odd");
    const decoder: ResponseDecoder<string> = {
      whole: () => {
        throw cause;
      },
    };
    const isMalformed = (error: unknown) =>
      error instanceof RpcFailure && error.code === "internal" && error.cause === cause;
    assert.throws(() => read(decoder, [grpcMessage(Buffer.alloc(1))]), isMalformed);
  });

  it("that would take too much memory has a hint to ask for less", () => {
    const decoder: ResponseDecoder<string> = {
      whole: () => {
        throw new ExcessiveMessage("too many records");
      },
    };
    assert.throws(() => read(decoder, [grpcMessage(Buffer.alloc(1))]), {
      code: "resource_exhausted",
      kind: "malformed",
      evidence: "answered",
      message: "excessive answer: too many records",
      hint: /^ask for less at once/,
    });
  });

  function read(decoder: ResponseDecoder<string>, pieces: readonly Uint8Array[], maxBytes = 1_000): string {
    const reader = new MessageReader(decoder, maxBytes);
    for (const piece of pieces) reader.push(piece);
    return reader.end();
  }

  function chunks(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
    const ends = [...new Set([...at, bytes.length])].sort((a, b) => a - b);
    return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
  }
});

describe("the user agent", () => {
  it("names the package's version", () => {
    const { name, version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
    assert.equal(USER_AGENT, `${name}/${version}`);
  });
});
