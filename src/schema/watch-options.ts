import * as z from "zod/mini";
import type { WatchOptions } from "../options.js";
import { plainObjectOf } from "./check.js";
import { callFields } from "./options.js";

const { signal, headers, timeoutMs: intervalMs } = callFields;

export const watchOptionsSchema: z.ZodMiniType<WatchOptions> = plainObjectOf(
  z.strictObject({ signal, headers, resyncIntervalMs: intervalMs, pollIntervalMs: intervalMs }),
);
