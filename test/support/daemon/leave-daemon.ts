import { startDaemon } from "./daemon.js";

// A program that starts a daemon, names it and ends without stopping it.
const { pid, socketPath } = await startDaemon("2.x");
process.stdout.write(`${pid} ${socketPath}\n`);

switch (process.argv[2]) {
  case "throw":
    throw new Error("thrown on purpose");
  case "kill":
    process.kill(process.pid, "SIGKILL");
    break;
  default:
    process.exit();
}
