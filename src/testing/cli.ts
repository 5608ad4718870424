#!/usr/bin/env node
import { once } from "node:events";
import { parseArgs } from "node:util";
import { messageOf } from "../util/message-of.js";
import { printable } from "../util/printable.js";
import { InMemoryImages } from "./in-memory-images.js";
import { type ContainerdVersion, isVersion, profiles } from "./profile.js";

const VERSIONS = Object.keys(profiles);
const USAGE = `Usage: containerd-images-server --address ADDRESS [--version VERSION] [--cri]

Serves containerd's Images service from memory until it is interrupted. It starts empty and keeps nothing.

  --address ADDRESS  unix:///path, a path, unix-abstract:name (Linux), npipe:////./pipe/name
                     (Windows), or host:port (port 0: any that is free)
  --version VERSION  containerd series to imitate: ${VERSIONS.join(", ")} (default: 2.1)
  --cri              act as Kubernetes' CRI plugin on the records of the namespace k8s.io
  --help             this text
`;

const EVERY_INTERFACE =
  "Warning: it listens on every interface, and whoever reaches this machine may change its records; 127.0.0.1 is this machine only";

/** The options of the command line; undefined if it asks for the usage. */
interface Command {
  readonly address: string;
  readonly version: ContainerdVersion;
  readonly cri: boolean;
}

function readCommand(args: string[]): Command | undefined {
  const options = {
    address: { type: "string" },
    version: { type: "string", default: "2.1" },
    cri: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  } as const;
  const { address, version, cri, help } = parseArgs({ args, options }).values;
  if (help) return undefined;
  if (address === undefined) throw new RangeError("--address is missing");
  if (!isVersion(version)) throw new RangeError(`--version must be one of ${VERSIONS.join(", ")}: ${version}`);
  return { address, version, cri };
}

async function serve({ address, version, cri }: Command): Promise<void> {
  const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  await using service = new InMemoryImages({ version, cri, recordsCalls: false });
  const server = await service.listen(address);
  console.log(`Answering as containerd ${version} at ${server.address}`);
  if (server.isOnEveryInterface) console.error(EVERY_INTERFACE);
  await interrupted;
}

let isCommandRead = false;
try {
  const command = readCommand(process.argv.slice(2));
  isCommandRead = true;
  if (command === undefined) console.log(USAGE);
  else await serve(command);
} catch (error) {
  console.error(`containerd-images-server: ${printable(messageOf(error))}`);
  if (!isCommandRead) console.error("Try --help for the options.");
  process.exitCode = 1;
}
