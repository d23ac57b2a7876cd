import type { Act } from './act.ts';
import { connectionIsCut } from './acts/connection-is-cut.ts';
import { holderIsKilled } from './acts/holder-is-killed.ts';
import { leaderFailsOver } from './acts/leader-fails-over.ts';
import { nothingIsLost } from './acts/nothing-is-lost.ts';
import { scheduleGoesOn } from './acts/schedule-goes-on.ts';
import { takingTurns } from './acts/taking-turns.ts';

/** The demo, in its order. */
export const acts: readonly Act[] = [takingTurns, holderIsKilled, connectionIsCut, leaderFailsOver, scheduleGoesOn, nothingIsLost];
