import { execFileSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildGo } from "../test/support/go-build.js";

// This file runs as bench/out/bench/go-worker.js.
const sources = fileURLToPath(new URL("../../clients/grpc-go", import.meta.url));
let built: Promise<string> | undefined;

/** The worker with grpc-go, compiled with the Go and the grpc-go that Debian has; kept until `removeGoWorker`. */
export async function goWorker(): Promise<string> {
  built ??= buildGo(sources, { version: "1.7", sources: ["go-grpc"] });
  return join(await built, "program");
}

/** Removes what was compiled. */
export async function removeGoWorker(): Promise<void> {
  if (built !== undefined) await rm(await built, { recursive: true });
}

/** The versions of grpc-go and of Go. */
export async function goVersions(): Promise<string> {
  return execFileSync(await goWorker(), ["--version"], { encoding: "utf8" }).trim();
}
