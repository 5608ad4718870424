import type { Scenario } from "../scenario.js";
import { connecting } from "./connecting.js";
import { framing } from "./framing.js";
import { goAways } from "./go-away.js";
import { floods, headerBlocks } from "./headers.js";
import { httpAnswers } from "./http.js";
import { resets } from "./reset.js";
import { messages, records, statuses } from "./status.js";

/** Every fault, in the order of the layers that it breaks. */
export const scenarios: readonly Scenario[] = [
  ...connecting,
  ...goAways,
  ...resets,
  ...framing,
  ...httpAnswers,
  ...headerBlocks,
  ...floods,
  ...statuses,
  ...messages,
  ...records,
];
