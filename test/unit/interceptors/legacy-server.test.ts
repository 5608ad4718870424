import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requestOf } from "../../../src/codec/encoded-request.js";
import { getRequest, updateRequest } from "../../../src/codec/requests.js";
import { bytesResponse, imageResponse } from "../../../src/codec/responses.js";
import { ImagesError } from "../../../src/errors.js";
import { legacyServer } from "../../../src/interceptors/legacy-server.js";
import { retries } from "../../../src/interceptors/retry/retry.js";
import { CREATE, GET, LIST, UPDATE } from "../../../src/rpc/method.js";
import type { Request } from "../../../src/rpc/request.js";
import { bytesField } from "../../support/encoded-fields.js";
import { ManualClock } from "../../support/manual-clock.js";
import { callOn } from "./calls.js";
import { record, requests, stored } from "./records.js";
import {
  type Answer,
  imageAnswerBytes,
  lost,
  ScriptedChannel,
  type Sent,
  status,
  unreadableClock,
} from "./scripted-channel.js";

const modern = imageAnswerBytes(stored(new Date(1)));
const { labels: _labels, createdAt: _createdAt, updatedAt: _updatedAt, ...bare } = stored(new Date(0));
const of2017 = imageAnswerBytes(bare);
/** The response of the service of 2017 to an update. */
const emptyAnswer = Buffer.from("0a021a00", "hex");

function over(script: (sent: Sent) => Answer) {
  const channel = new ScriptedChannel(script);
  const clock = new ManualClock();
  const invoker = legacyServer(retries({ clock, readClock: unreadableClock })(channel));
  return {
    channel,
    clock,
    invoker,
    update: (request: Request) =>
      clock.until(invoker.unary(request, callOn(clock, { method: "update", rpc: "update" }), imageResponse)),
  };
}

const targetOnly = updateRequest({ ...record, labels: {} }, ["target"], undefined);
const labelOnly = updateRequest(
  { ...record, target: { mediaType: "", digest: "", size: 0, annotations: {} } },
  ["labels.env"],
  undefined,
);

describe("a server of today", () => {
  it("is asked for the record before the first update, and not again", async () => {
    const { channel, update } = over(() => modern);
    for (let n = 0; n < 3; n += 1) await update(labelOnly);
    assert.equal(channel.methods, "get update update update");
    assert.deepEqual(channel.sent[0]?.request.bytes, getRequest("app:1").bytes);
    assert.equal(channel.sent[1]?.request, labelOnly);
  });

  for (const request of [requests.get, requests.create]) {
    const { method } = request;
    it(`is known by the answer of a ${method.name}`, async () => {
      const { channel, clock, invoker, update } = over(() => modern);
      await invoker.unary(request, callOn(clock), imageResponse);
      await update(labelOnly);
      assert.equal(channel.methods, `${method.name} update`);
    });
  }

  for (const field of ["createdAt", "updatedAt"] as const) {
    it(`is known by ${field} alone`, async () => {
      const image = { ...bare, [field]: stored(new Date(1))[field] };
      const { channel, update } = over(() => imageAnswerBytes(image));
      await update(labelOnly);
      await update(labelOnly);
      assert.equal(channel.methods, "get update update");
    });
  }

  it("is not known by a list, a delete or an answer without timestamps", async () => {
    const { channel, clock, invoker, update } = over(({ request }) => (request.method === GET ? modern : emptyAnswer));
    await invoker.unary(requestOf(LIST), callOn(clock), bytesResponse);
    await invoker.unary(requests.delete, callOn(clock), bytesResponse);
    await invoker.unary(requests.create, callOn(clock), bytesResponse);
    await update(labelOnly).catch(() => {}); // its response here is empty
    assert.equal(channel.methods, "list delete create get update");
  });
});

describe("a server of 2017", () => {
  const server = ({ request: { method } }: Sent): Answer => {
    if (method === CREATE) return status("unimplemented");
    return method === UPDATE ? emptyAnswer : of2017;
  };

  it("gets an update of the target, and a Get for the record that it does not answer", async () => {
    const { channel, update } = over(server);
    const image = await update(targetOnly);
    assert.equal(channel.methods, "get update get");
    assert.equal(image.target.digest, record.target.digest);
    assert.equal(image.createdAt.getTime(), 0);
  });

  it("gets no second Get after an update that failed", async () => {
    const { channel, update } = over((sent) =>
      sent.request.method === UPDATE ? status("permission_denied") : server(sent),
    );
    await assert.rejects(update(targetOnly), { code: "permission_denied" });
    assert.equal(channel.methods, "get update");
  });

  for (const [what, answer, code] of [
    ["is lost", lost, "unavailable"],
    ["finds no record", () => status("not_found"), "not_found"],
  ] as const) {
    it(`leaves the outcome open if the Get after an update ${what}: the update was applied`, async () => {
      const { channel, update } = over((sent) => (channel.methods.includes("update get") ? answer() : server(sent)));
      await assert.rejects(update(targetOnly), { code, method: "update", outcome: "unknown", imageName: "app:1" });
      assert.match(channel.methods, /^get update get/);
    });
  }

  it("is asked before each update, for it may have been upgraded", async () => {
    const { channel, update } = over(server);
    await update(targetOnly);
    await update(targetOnly);
    assert.equal(channel.methods, "get update get get update get");
  });

  const annotated = { ...record, labels: {}, target: { ...record.target, annotations: { k: "v" } } };
  for (const [what, request] of Object.entries({
    "a label": labelOnly,
    "labels of a whole record": updateRequest(record, [], undefined),
    "labels beside the target": updateRequest({ ...record, labels: {} }, ["target", "labels"], undefined),
    annotations: updateRequest(annotated, [], undefined),
    "an annotation": updateRequest({ ...record, labels: {} }, ["annotations.k"], undefined),
  })) {
    it(`gets no update of ${what}, which it would lose`, async () => {
      const { channel, update } = over(server);
      await assert.rejects(update(request), (error) => {
        assert.ok(error instanceof ImagesError);
        assert.deepEqual(
          [error.code, error.method, error.outcome, error.attempts, error.imageName, error.namespace],
          ["unimplemented", "update", "not-applied", 0, "app:1", "default"],
        );
        assert.ok(error.hint?.includes("containerd 1.0"));
        return true;
      });
      assert.equal(channel.methods, "get");
    });
  }
});

describe("the Get before an update", () => {
  async function rejected(answer: () => Answer): Promise<ImagesError> {
    const { channel, update } = over(answer);
    const error = await update(labelOnly).then(
      () => assert.fail(),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ImagesError, String(error));
    assert.ok(!channel.methods.includes("update"));
    assert.deepEqual([error.method, error.outcome], ["update", "not-applied"]);
    return error;
  }

  it("that finds no record is the update's not_found", async () => {
    const error = await rejected(() => status("not_found"));
    assert.equal(error.code, "not_found");
    assert.match(error.message, /^update "app:1" in namespace "default": /);
  });

  it("that fails is the update's failure", async () => {
    assert.equal((await rejected(lost)).code, "unavailable");
    assert.equal((await rejected(() => Buffer.of(0xff))).code, "internal");
  });

  it("that the server does not have decides nothing", async () => {
    const { channel, update } = over(({ request }) => (request.method === GET ? status("unimplemented") : modern));
    await update(labelOnly);
    assert.equal(channel.methods, "get update");
  });

  it("is not made for an update without an image or a name, which every server refuses", async () => {
    for (const request of [Buffer.of(), bytesField(1, bytesField(3))]) {
      const { channel, update } = over(() => status("invalid_argument"));
      await assert.rejects(update(requestOf(UPDATE, request)), { code: "invalid_argument" });
      assert.equal(channel.methods, "update");
    }
  });
});
