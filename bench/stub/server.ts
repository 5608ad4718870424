import { createServer } from "node:net";
import { join } from "node:path";
import { NAMES } from "../records.js";
import { answerAll, type Response, respondWith } from "./connection.js";
import { encodedRecord } from "./encoded-record.js";

// server.js <folder> <kind>…: listens on a socket for each kind of responses. `1` is gets and creates, each responded
// with another record; a larger number is a list of so many records; `parts` is a list that is first rejected because
// it is too large, and then comes in two parts.
const PART_RECORDS = 30_000;
const [dir = ".", ...kinds] = process.argv.slice(2);
const encoded: Uint8Array[] = [];

await Promise.all(kinds.map(listen));
process.on("disconnect", () => process.exit());
process.send?.("ready");

function listen(kind: string): Promise<void> {
  const responses = responsesOf(kind);
  const server = createServer((socket) => answerAll(socket, responses));
  return new Promise((resolve) => server.listen(join(dir, `${kind}.sock`), resolve));
}

function responsesOf(kind: string): readonly Response[] {
  if (kind === "1") return records(0, NAMES).map(respondWith);
  if (kind !== "parts") return [respondWith(Buffer.concat(records(0, Number(kind))))];
  const parts = [0, PART_RECORDS].map((first) => respondWith(Buffer.concat(records(first, first + PART_RECORDS))));
  return ["rejected", ...parts];
}

function records(first: number, end: number): readonly Uint8Array[] {
  while (encoded.length < end) encoded.push(encodedRecord(encoded.length));
  return encoded.slice(first, end);
}
