import type { Stage } from './stage.ts';
import type { Verdict } from './verdict.ts';

/** One thing that the demo shows, and checks. */
export interface Act {
  readonly title: string;
  /** What it shows, and why it comes about. */
  readonly shows: string;
  /** Rejects if it could not be played to its end. */
  readonly play: (stage: Stage) => Promise<readonly Verdict[]>;
}
