import { ImagesClient } from "../../src/index.js";
import { usageAfterCollection } from "./collect-garbage.js";

// Run as a process of its own: prints how much memory a client takes, in kB of this process's resident memory, before
// its first call and with an open connection.
const { COUNT = "1000", ADDRESS = "", CA, CERT, KEY } = process.env;
const count = Number(COUNT);
const makeClient = () =>
  new ImagesClient({
    namespace: "default",
    address: ADDRESS,
    tls: CA === undefined ? undefined : { ca: CA, cert: CERT, key: KEY },
  });
// The code itself is loaded and compiled by then.
for (let i = 0; i < 50; i += 1) {
  await using client = makeClient();
  await client.find("app:1");
}

const before = (await usageAfterCollection()).rss;
const clients = Array.from({ length: count }, makeClient);
const idle = (await usageAfterCollection()).rss;
for (const client of clients) await client.find("app:1");
const connected = (await usageAfterCollection()).rss;
const kbPerClient = (bytes: number) => Math.round((bytes - before) / 1024 / count);
console.log(
  JSON.stringify({
    processMb: Math.round(before / 1024 / 1024),
    idleKb: kbPerClient(idle),
    connectedKb: kbPerClient(connected),
  }),
);
process.exit();
