import { createConnection } from "node:net";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "connect-node-2.1.2";
import { Images } from "../../gen/containerd/services/images/v1/images_pb.js";
import { Peer } from "./peer.js";
import { scenarios } from "./scenarios/index.js";

// Run as a process of its own: `plain-connect-node.ts survive <scenario>…` tells how connect-node without this library
// fares, a line for each; `plain-connect-node.ts <scenario>` lets an uncaught exception end the process, as it would.

const HANG_MS = 400;

async function outcomes(name: string): Promise<readonly [string, string]> {
  const scenario = scenarios.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  const peer = await Peer.start(scenario.peer);
  const nodeOptions = { createConnection: () => createConnection(peer.path) };
  const client = createClient(Images, createGrpcTransport({ baseUrl: "http://localhost", nodeOptions }));
  const call = () =>
    Promise.race([
      client.get({ name: "app:1" }).then(
        () => "ok",
        (error) => Code[ConnectError.from(error).code] ?? "?",
      ),
      new Promise<string>((resolve) => setTimeout(resolve, HANG_MS, "hang")),
    ]);
  const both = [await call(), await call()] as const;
  await new Promise((resolve) => setTimeout(resolve, 20));
  peer.stop();
  return both;
}

const [mode, ...names] = process.argv.slice(2);
if (mode === "survive") {
  let uncaught = 0;
  process.on("uncaughtException", () => {
    uncaught += 1;
  });
  for (const name of names) {
    const before = uncaught;
    const [first, second] = await outcomes(name);
    const crashed = uncaught > before ? "crash" : undefined;
    console.log(crashed ?? (first === "hang" || second === "hang" ? "hang" : first));
  }
} else if (mode !== undefined) await outcomes(mode);
process.exit();
