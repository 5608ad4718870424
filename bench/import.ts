import { timed } from "./usage.js";

// import.js <address of a module>: imports it, and prints the cost.
const [address = ""] = process.argv.slice(2);
console.log(JSON.stringify(await timed(1, () => import(address))));
process.exit();
