import { mkdtempSync, rmSync } from "node:fs";
import http2 from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesField } from "../support/encoded-fields.js";
import { data, grpcMessage } from "./frames.js";
import { Peer, type PeerStream } from "./peer.js";

// Run as a process of its own, so that the cost of sending a flood is not measured as the cost of receiving it. It
// receives the name of a scene, serves such streams of events, and replies with its address.

const MIB = 1 << 20;

/** An event that names an image, as containerd sends it. */
function event(name: string | Buffer): Buffer {
  const labels = bytesField(2, bytesField(1, Buffer.from("env")), bytesField(2, Buffer.from("prod")));
  const typeUrl = bytesField(1, Buffer.from("containerd.services.images.v1.ImageUpdate"));
  const any = Buffer.concat([typeUrl, bytesField(2, bytesField(1, Buffer.from(name)), labels)]);
  const head = [bytesField(2, Buffer.from("default")), bytesField(3, Buffer.from("/images/update"))];
  return grpcMessage(Buffer.concat([...head, bytesField(4, any)]));
}

function named(count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, i) => event(`docker.io/library/app:${i}`)));
}

function large(i: number): Buffer {
  return event(Buffer.alloc(MIB - 1_000, `${i}-`));
}

/** Frames that are sent one by one, even if the client does not read them. */
const frames: Readonly<Record<string, (stream: PeerStream) => void>> = {
  "one-byte frames": (stream) => inFrames(stream, large(0).subarray(0, 200_000), 1),
  "small frames": (stream) => inFrames(stream, large(0), 40),
};

function inFrames(stream: PeerStream, bytes: Buffer, sizeBytes: number): void {
  const all: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += sizeBytes) all.push(data(stream.id, bytes.subarray(at, at + sizeBytes)));
  stream.headers().send(Buffer.concat(all));
}

/** Data that is sent without end, as fast as the client reads it. */
const repeated: Readonly<Record<string, Buffer | undefined>> = {
  "empty events": Buffer.alloc(5 * 13_107),
  "events of many images": named(2_000),
  "events of one name": Buffer.concat(Array.from({ length: 500 }, () => event("app:1"))),
  "long names": Buffer.concat(Array.from({ length: 50 }, (_, i) => event(Buffer.alloc(32 << 10, `${i}-`)))),
  "names of 1 MiB": Buffer.concat([large(1), large(2), large(3)]),
  "events without a name, in many fields": grpcMessage(Buffer.alloc(MIB, bytesField(4))),
  "events over 1 MiB": grpcMessage(Buffer.alloc(16 * MIB)),
  "a length of 4 GiB": Buffer.concat([grpcMessage(Buffer.alloc(0), 2 ** 32 - 1), Buffer.alloc(MIB)]),
};

async function flood(bytes: Buffer): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "flood-"));
  process.once("exit", () => rmSync(dir, { recursive: true }));
  const path = join(dir, "p.sock");
  const server = http2.createServer();
  server.on("stream", (stream) => {
    stream.on("error", () => {}); // the client may close at any time
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    const more = () => {
      while (!stream.destroyed && stream.write(bytes));
    };
    stream.on("drain", more);
    more();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

async function misbehave(answer: (stream: PeerStream) => void): Promise<string> {
  const peer = await Peer.start({ answer });
  process.once("exit", () => peer.stop());
  return peer.path;
}

process.on("message", async (scene: string) => {
  const bytes = repeated[scene];
  const answer = frames[scene];
  if (bytes !== undefined) process.send?.(await flood(bytes));
  else if (answer !== undefined) process.send?.(await misbehave(answer));
});
process.once("disconnect", () => process.exit());
