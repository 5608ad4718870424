/** What one answer cost the process that read it. */
export interface Strain {
  /** `ok`, or code, kind and evidence of the failure. */
  readonly ending: string;
  /** The longest time for which the event loop was held, in milliseconds of processor time. */
  readonly longestTurnMs: number;
  /** How long after its deadline the call settled. */
  readonly lateMs: number;
  /** The most memory, heap and buffers, that was in use beside what was before; with what garbage there was. */
  readonly mostBytes: number;
  /** What is left of it, with the value of the answer. */
  readonly keptBytes: number;
}
