import type { Verdict } from "./play.js";
import { titleOf } from "./scene.js";

/** What many scenes came to. */
export class Tally {
  scenes = 0;
  /** Scenes in which the fault happened, and in which the second client acted. */
  faulty = 0;
  acted = 0;
  readonly lies: Verdict[] = [];
  /** Why scenes were not played to their end. */
  readonly failures: string[] = [];
  readonly #byMethod = new Map<string, Share>();
  readonly #byFault = new Map<string, Share>();
  readonly #byPair = new Map<string, Share>();

  add(verdict: Verdict): void {
    const { scene, report, lies } = verdict;
    this.scenes += 1;
    if (verdict.isFaulty) this.faulty += 1;
    if (verdict.hasActed) this.acted += 1;
    if (lies.length > 0) this.lies.push(verdict);
    const isUnknown = report.is === "error" && report.outcome === "unknown";
    count(this.#byMethod, scene.method, isUnknown);
    count(this.#byFault, scene.fault, isUnknown);
    count(this.#byPair, `${scene.method} ${scene.fault}`, isUnknown);
  }

  /** Notes why some scenes were not played. */
  fail(why: string): void {
    this.failures.push(why);
  }

  /** Each lie with its scene and all that happened in it. */
  transcripts(most = Number.POSITIVE_INFINITY): string {
    const one = (verdict: Verdict) => [titleOf(verdict.scene), ...verdict.transcript.map((line) => `    ${line}`)];
    return this.lies.slice(0, most).flatMap(one).join("\n");
  }

  /** How much stayed unknown, in Markdown. */
  table(): string {
    const methods = [...this.#byMethod.keys()].sort();
    const faults = [...this.#byFault.keys()].sort();
    const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    const rowOf = (fault: string) => {
      const cells = methods.map((method) => percent(this.#byPair.get(`${method} ${fault}`)));
      return row([fault, ...cells, percent(this.#byFault.get(fault))]);
    };
    return [
      row(["unknown", ...methods, "all"]),
      row([" --- ", ...methods.map(() => "---"), "---"]),
      ...faults.map(rowOf),
      row(["all", ...methods.map((method) => percent(this.#byMethod.get(method))), ""]),
    ].join("\n");
  }

  /** One line. */
  summary(): string {
    const shares = [...this.#byMethod.values()];
    const unknown = shares.reduce((sum, share) => sum + share.unknown, 0);
    const share = percent({ all: this.scenes, unknown });
    const counts = `${this.scenes} scenes, ${this.faulty} faults met, ${this.acted} times a second client acted`;
    return `${counts}: ${this.lies.length} lies, ${share} unknown`;
  }
}

interface Share {
  all: number;
  unknown: number;
}

function count(shares: Map<string, Share>, key: string, isUnknown: boolean): void {
  const share = shares.get(key) ?? { all: 0, unknown: 0 };
  shares.set(key, share);
  share.all += 1;
  if (isUnknown) share.unknown += 1;
}

function percent(share: Share | undefined): string {
  return share === undefined ? "" : `${Math.round((100 * share.unknown) / share.all)} %`;
}
