/** The cost of one response for the process that read it. */
export interface Strain {
  /** `ok`, or code, kind and evidence of the failure. */
  readonly ending: string;
  /** The longest time for which the event loop was held, in milliseconds of processor time. */
  readonly longestTurnMs: number;
  /** How long after its deadline the call settled. */
  readonly lateMs: number;
  /** The most memory, heap and buffers, in use in addition to before, including garbage. */
  readonly mostBytes: number;
  /** The memory that remains in use, including the value of the response. */
  readonly keptBytes: number;
}
