// many-lists.mjs <library> <socket>: lists all records many times.
const [library, address] = process.argv.slice(2);
const { ImagesClient } = await import(library);
const images = new ImagesClient({ namespace: "bench", address });
for (let list = 0; list < 15; list += 1) await images.list();
process.exit();
