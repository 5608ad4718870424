import { readFileSync } from "node:fs";

const guide = new URL("../../../docs/proxies.md", import.meta.url);

/** The configuration of a proxy that docs/proxies.md shows: the first block below its title. */
export function guideConfig(proxy: "nginx" | "HAProxy"): string {
  const block = new RegExp(`^## ${proxy}$[^]*?^\`\`\`\\w+\n([^]*?)^\`\`\`$`, "m").exec(
    readFileSync(guide, "utf8"),
  )?.[1];
  if (block === undefined) throw new Error(`docs/proxies.md has no configuration for ${proxy}`);
  return block;
}

export type Replacement = readonly [text: string | RegExp, replacement: string];

/** Replaces texts. One that is not there is an error, so that no test runs with another configuration than it says. */
export function replaceTexts(config: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((text, [from, to]) => {
    const result = text.replace(from, () => to);
    if (result === text) throw new Error(`${from} is not in this configuration:\n${text}`);
    return result;
  }, config);
}
