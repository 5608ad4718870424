import { FRAME, frame, goAway, SETTING, settings, settingsAck, uint32, windowUpdate } from "../frames.js";
import { type Behaviour, type PeerConnection, sendSettings } from "../peer.js";
import {
  connection,
  down,
  type Ending,
  expired,
  lost,
  neverReady,
  notGrpc,
  overlookedGreeting,
  persistent,
  refused,
  type Scenario,
} from "../scenario.js";

type Greet = NonNullable<Behaviour["greet"]>;

const TLS_ALERT = Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]);

function says(name: string, bytes: Uint8Array | string, ending: Ending): Scenario {
  return connection(name, (peer) => peer.send(Buffer.from(bytes)), ending);
}

function saysAndEnds(name: string, bytes: Uint8Array | string): Scenario {
  const greet = (peer: PeerConnection) => {
    peer.send(Buffer.from(bytes));
    peer.end();
  };
  return connection(name, greet, notGrpc);
}

/** A fault of the first connection only; the second call finds a healthy one. */
function firstConnection(name: string, fault: Greet, first: Ending): Scenario {
  const greet: Greet = (peer, count) => (count === 1 ? fault(peer, count) : sendSettings(peer));
  return { ...connection(name, fault, first), peer: { mute: true, greet }, second: "ok" };
}

/** Peers that are no gRPC servers, or not yet, or not any more. */
export const connecting: readonly Scenario[] = [
  connection("accepts and says nothing", () => {}, neverReady),
  connection("closes at once", (peer) => peer.end(), down),
  connection("drops the connection at once", (peer) => peer.close(), down),
  connection("closes when it is spoken to", (peer) => peer.onceHeard(() => peer.end()), down),
  connection("drops the connection when it is spoken to", (peer) => peer.onceHeard(() => peer.close()), down),
  says("says hello", "hello, world\r\n", notGrpc),
  says("answers in HTTP/1.1", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", notGrpc),
  saysAndEnds("answers in HTTP/1.1 and closes", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
  says("is an SSH server", "SSH-2.0-OpenSSH_9.2p1\r\n", notGrpc),
  says("says 64 bytes of 0xff", Buffer.alloc(64, 0xff), notGrpc),
  says("says three bytes and waits", "abc", neverReady),
  saysAndEnds("says three bytes and closes", "abc"),
  saysAndEnds("answers with a TLS alert and closes", TLS_ALERT),
  says("says half a frame header", Buffer.from([0, 0, 0, 4, 0]), neverReady),
  says("sends SETTINGS of five bytes", frame(FRAME.settings, 0, 0, Buffer.alloc(5)), overlookedGreeting),
  says("sends SETTINGS on a stream", frame(FRAME.settings, 0, 1), notGrpc),
  says("only acknowledges settings", settingsAck, notGrpc),
  says("sends a PING first", frame(FRAME.ping, 0, 0, Buffer.alloc(8)), notGrpc),
  says("sends GOAWAY first", goAway(0, 0), notGrpc),
  says("sends WINDOW_UPDATE first", windowUpdate(0, 1), notGrpc),
  says("sends DATA first", frame(FRAME.data, 0, 1, Buffer.alloc(3)), notGrpc),
  says("asks for an impossible window", settings([SETTING.initialWindowSize, 2 ** 31]), notGrpc),
  says("asks for impossibly small frames", settings([SETTING.maxFrameSize, 100]), notGrpc),
  says("says that it takes pushes", settings([SETTING.enablePush, 1]), notGrpc),
  says(
    "sends SETTINGS and a frame that is too large",
    Buffer.concat([settings(), frame(FRAME.data, 0, 0, Buffer.alloc(17_000))]),
    refused,
  ),
  connection("sends SETTINGS and closes", (peer) => peer.send(settings()).end(), lost),
  connection("sends SETTINGS and GOAWAY", (peer) => peer.send(settings(), goAway(0, 0)), refused),
  says("needs no header table", settings([SETTING.headerTableSize, 0]), "ok"),
  says("takes no streams", settings([SETTING.maxConcurrentStreams, 0]), expired),
  says("takes one stream at a time", settings([SETTING.maxConcurrentStreams, 1]), "ok"),
  says("has windows of no bytes", settings([SETTING.initialWindowSize, 0]), expired),
  says("has settings that nobody knows", settings([0x99, 1], [0xfff0, 2 ** 32 - 1]), "ok"),
  says("sends frames that nobody knows", Buffer.concat([settings(), frame(0xee, 0xff, 0, Buffer.alloc(100))]), "ok"),
  says("sends its settings a thousand times", Buffer.concat(Array.from({ length: 1_000 }, () => settings())), "ok"),
  connection(
    "says its settings byte by byte",
    (peer) => peer.dribble(settings([SETTING.maxConcurrentStreams, 100])),
    "ok",
  ),
  connection("sends its settings after 150 ms", (peer) => setTimeout(() => sendSettings(peer), 150), "ok"),
  persistent("never acknowledges anything", { mute: true }, "ok"),
  firstConnection("closes the first connection only", (peer) => peer.end(), "ok"),
  firstConnection("says nothing on the first connection only", () => {}, neverReady),
  persistent(
    "opens the window by and by",
    {
      greet: (peer) => peer.send(settings([SETTING.initialWindowSize, 1])),
      begin: (stream) => setTimeout(() => stream.connection.send(windowUpdate(stream.id, 60_000)), 20),
    },
    "ok",
  ),
  persistent(
    "sends pings with every answer",
    { answer: (stream) => stream.send(...Array.from({ length: 50 }, (_, i) => ping(i))).ok() },
    "ok",
  ),
];

function ping(number: number): Buffer {
  return frame(FRAME.ping, 0, 0, Buffer.concat([uint32(0), uint32(number)]));
}
