// Fails like a program that handles no errors. The arguments say which error it is.
import { workerData } from "node:worker_threads";
import { ImagesClient, parse } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";

await using images = new ImagesClient({ namespace: "default", transport: new InMemoryImages().transport });

if (workerData === "missing") await images.get("app:1");
if (workerData === "invalid") await images.get("");
if (workerData === "syntax") parse("name=a");
