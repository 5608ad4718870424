import type { ClientModule, Destination } from "./clients/client.js";
import { timed } from "./usage.js";

// first-call.js <client module> <destination as JSON>: imports a client, makes one call, and prints the cost.
const [modulePath = "", destination = ""] = process.argv.slice(2);

const figures = await timed(1, async () => {
  // The parent names one of clients/, and a Destination.
  const { open } = (await import(modulePath)) as ClientModule;
  const client = await open(JSON.parse(destination) as Destination);
  await client.get("x");
});
console.log(JSON.stringify(figures));
process.exit();
