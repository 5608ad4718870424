import { createServer } from "node:net";
import { join } from "node:path";
import { answerAll } from "./connection.js";
import { encodedRecord } from "./encoded-record.js";

// server.js <folder> <count>…: listens on a socket for each count, which answers with a list of so many records.
const [dir = ".", ...counts] = process.argv.slice(2);
const records = Array.from({ length: Math.max(...counts.map(Number)) }, (_, index) => encodedRecord(index));

await Promise.all(counts.map(listen));
process.on("disconnect", () => process.exit());
process.send?.("ready");

function listen(count: string): Promise<void> {
  const message = Buffer.concat(records.slice(0, Number(count)));
  const server = createServer((socket) => answerAll(socket, message));
  return new Promise((resolve) => server.listen(join(dir, `${count}.sock`), resolve));
}
