import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRouterTransport } from "@connectrpc/connect";
import { Images } from "../../../gen/containerd/services/images/v1/images_pb.js";
import type { Metadata } from "../../../src/rpc/call.js";
import type { Invoker } from "../../../src/rpc/invoker.js";
import { fromTransport } from "../../../src/transport/from-transport.js";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { grpcMessage } from "../../faults/frames.js";
import { image, okHeaders, okTrailers, Peer, type PeerStream } from "../../faults/peer.js";
import { get, newCall, outcome } from "./calls.js";

const END_STREAM = 0x1;
const CONTENT_TYPE = ["content-type", "application/grpc"] as const;

describe("the metadata of a response", () => {
  for (const [what, answer, header, trailer] of [
    [
      "with headers and trailers",
      (stream) =>
        stream
          .headers([...okHeaders, ["x-first", "1"], ["x-first", "2"]])
          .message()
          .trailers([...okTrailers, ["x-last", "3"]]),
      [CONTENT_TYPE, ["x-first", "1"], ["x-first", "2"]],
      [
        ["grpc-status", "0"],
        ["x-last", "3"],
      ],
    ],
    [
      "that is only a status",
      (stream) => stream.trailers([...okHeaders, ["grpc-status", "5"], ["x-last", "3"]]),
      [],
      [CONTENT_TYPE, ["grpc-status", "5"], ["x-last", "3"]],
    ],
    [
      "with its status in the headers",
      (stream) => stream.headers([...okHeaders, ...okTrailers]).data(grpcMessage(image), END_STREAM),
      [CONTENT_TYPE, ["grpc-status", "0"]],
      [],
    ],
  ] as readonly (readonly [string, (stream: PeerStream) => PeerStream, Metadata, Metadata])[]) {
    it(`${what} is shown as it came, without HTTP/2's own fields`, async () => {
      using peer = await Peer.start({ answer });
      const channel = new Http2Channel({ kind: "unix", path: peer.path }, {});
      assert.deepEqual(await metadataOf(channel), [header, trailer]);
      channel.destroy();
    });
  }

  it("over a Connect transport is that of its headers and that of its trailers", async () => {
    const transport = createRouterTransport(({ service }) => {
      service(Images, {
        get: (_request, { responseHeader, responseTrailer }) => {
          responseHeader.set("x-first", "1");
          responseTrailer.set("x-last", "3");
          return { image: { name: "app:1" } };
        },
      });
    });
    const [header, trailer] = await metadataOf(fromTransport(transport));
    const own = (metadata: Metadata = []) => metadata.filter(([key]) => key.startsWith("x-"));
    assert.deepEqual([own(header), own(trailer)], [[["x-first", "1"]], [["x-last", "3"]]]);
  });
});

/** The metadata that a call gets, which may fail. */
async function metadataOf(invoker: Invoker): Promise<readonly Metadata[]> {
  let seen: readonly Metadata[] = [];
  const onMetadata = (...both: readonly Metadata[]) => {
    seen = both;
  };
  await outcome(get(invoker, newCall({ onMetadata })));
  return seen;
}
