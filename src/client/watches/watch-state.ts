import type { WatchMode } from '../../driver/driver.ts';
import { InternalError } from '../../errors/docent-error.ts';

/**
 * What the server has confirmed, in the present lifetime, of the watch that listeners share.
 *
 * - `none`: nobody listens, or the server refuses for good
 * - `asked`: the request that sets it is handed over: whatever is handed over later is served after it, or fails with it
 * - `asked-again`: likewise, and events may have been missed by the time that it is confirmed
 * - `backing-off`: it was refused for now; nothing is set, and it will be asked for again
 * - `confirmed`: it is set
 * - `widening`, `widening-again`, `widening-backing-off`: as the three above, and a narrower one is set meanwhile
 * - `lost`: it went with its session; there is no new one yet
 * - `removing`: nobody needs it, and the server is being told so
 */
export type WatchPhase =
  | 'none'
  | 'asked'
  | 'asked-again'
  | 'backing-off'
  | 'confirmed'
  | 'widening'
  | 'widening-again'
  | 'widening-backing-off'
  | 'lost'
  | 'removing';

/**
 * - `wanted`: by a listener whom the present watch does not serve
 * - `unwanted`: nobody listens and nobody waits, and something may be set
 * - `waited`: somebody waits who cannot rely on this watch, and sets one of their own
 * - `handed-over`: the request, once more, after its back-off
 * - `confirmed`, `outdated`: the request was answered, in the present lifetime or in one that is over
 * - `refused-for-now`: nothing came of the request, and another time something may. A connection that breaks does this to a request that is under way;
 *   what is confirmed outlives it, since the driver sets it again
 * - `used-up`: a one-shot watch has fired
 * - `resumed`: contact is back in the same session
 */
export type WatchStep =
  | 'wanted'
  | 'unwanted'
  | 'waited'
  | 'handed-over'
  | 'confirmed'
  | 'outdated'
  | 'refused-for-now'
  | 'refused-for-good'
  | 'used-up'
  | 'removed'
  | 'resumed'
  | 'session-ended'
  | 'new-session';

/**
 * - `send`: ask for the watch, instead of what is under way
 * - `stop`: end what is under way
 * - `remove`: take off the server what may be set, instead of what is under way
 * - `leave-behind`: count what is set on the server for listeners among what is to be taken off
 * - `resync`: events may have been missed: report it to the listeners
 * - `fail`: report to the listeners that there will be no watch
 * - `wake-reliant`: wake those who wait and have relied on this watch instead of setting their own
 * - `wake-all`: wake all who wait: what any of them has set or relied on is gone
 * - `wake-answered`: wake those whose question is answered; one that is under way goes out anew
 * - `forget`: nothing is set, and nobody needs it
 */
export type WatchAction =
  | 'send'
  | 'stop'
  | 'remove'
  | 'leave-behind'
  | 'resync'
  | 'fail'
  | 'wake-reliant'
  | 'wake-all'
  | 'wake-answered'
  | 'forget';

type Transition = readonly [next: WatchPhase, ...actions: WatchAction[]];

/** Events of the surroundings: they come whenever they like, in each phase. */
type Outer = 'wanted' | 'unwanted' | 'waited' | 'used-up' | 'resumed' | 'session-ended' | 'new-session';

type Row = Readonly<Record<Outer, Transition> & Partial<Record<Exclude<WatchStep, Outer>, Transition>>>;

// Superseding a request may take it back before it is sent: who relied on it would be served before the next one is set.
const sentInstead = ['asked-again', 'wake-reliant', 'send'] as const;
const refused = ['none', 'wake-reliant', 'fail'] as const;
const takenOff = ['removing', 'leave-behind', 'remove'] as const;

/** Every transition there is. What is absent is a bug and throws; nothing is ignored by default. */
const transitions: Readonly<Record<WatchPhase, Row>> = {
  none: {
    wanted: ['asked', 'send'],
    unwanted: ['removing', 'remove'],
    waited: ['none'],
    'used-up': ['none'],
    resumed: ['none', 'wake-answered'],
    'session-ended': ['none', 'wake-all'],
    'new-session': ['none'],
  },
  asked: {
    wanted: sentInstead,
    unwanted: takenOff,
    waited: ['asked'],
    confirmed: ['confirmed'],
    outdated: sentInstead,
    'refused-for-now': ['backing-off', 'wake-reliant'],
    'refused-for-good': refused,
    'used-up': sentInstead,
    resumed: ['asked-again', 'wake-answered'],
    'session-ended': ['asked-again', 'wake-all'],
    'new-session': ['asked'],
  },
  'asked-again': {
    wanted: sentInstead,
    unwanted: takenOff,
    waited: ['asked-again'],
    confirmed: ['confirmed', 'resync'],
    outdated: sentInstead,
    'refused-for-now': ['backing-off', 'wake-reliant'],
    'refused-for-good': refused,
    'used-up': sentInstead,
    resumed: ['asked-again', 'wake-answered'],
    'session-ended': ['asked-again', 'wake-all'],
    'new-session': ['asked-again'],
  },
  'backing-off': {
    wanted: ['asked-again', 'send'],
    unwanted: takenOff,
    waited: ['backing-off'],
    'handed-over': ['asked-again'],
    'refused-for-good': refused,
    'used-up': ['asked-again', 'send'],
    resumed: ['backing-off', 'wake-answered'],
    'session-ended': ['backing-off', 'wake-all'],
    'new-session': ['backing-off'],
  },
  confirmed: {
    wanted: ['widening', 'send'],
    unwanted: takenOff,
    waited: ['confirmed'],
    'used-up': ['asked', 'send'],
    resumed: ['confirmed', 'resync', 'wake-answered'],
    'session-ended': ['lost', 'wake-all'],
    'new-session': ['asked-again', 'wake-all', 'send'],
  },
  widening: {
    wanted: ['widening-again', 'send'],
    unwanted: takenOff,
    waited: ['widening'],
    confirmed: ['confirmed'],
    outdated: sentInstead,
    'refused-for-now': ['widening-backing-off'],
    'refused-for-good': ['none', 'leave-behind', 'wake-reliant', 'fail'],
    'used-up': sentInstead,
    resumed: ['widening-again', 'wake-answered'],
    'session-ended': ['asked-again', 'wake-all'],
    'new-session': ['asked-again', 'wake-all'],
  },
  'widening-again': {
    wanted: ['widening-again', 'send'],
    unwanted: takenOff,
    waited: ['widening-again'],
    confirmed: ['confirmed', 'resync'],
    outdated: sentInstead,
    'refused-for-now': ['widening-backing-off'],
    'refused-for-good': ['none', 'leave-behind', 'wake-reliant', 'fail'],
    'used-up': sentInstead,
    resumed: ['widening-again', 'wake-answered'],
    'session-ended': ['asked-again', 'wake-all'],
    'new-session': ['asked-again', 'wake-all'],
  },
  'widening-backing-off': {
    wanted: ['widening-again', 'send'],
    unwanted: takenOff,
    waited: ['widening-backing-off'],
    'handed-over': ['widening-again'],
    'refused-for-good': ['none', 'leave-behind', 'wake-reliant', 'fail'],
    'used-up': sentInstead,
    resumed: ['widening-backing-off', 'wake-answered'],
    'session-ended': ['backing-off', 'wake-all'],
    'new-session': ['backing-off', 'wake-all'],
  },
  lost: {
    wanted: ['asked-again', 'send'],
    unwanted: ['removing', 'remove'],
    waited: ['lost'],
    'used-up': ['lost'],
    resumed: ['lost', 'wake-answered'],
    'session-ended': ['lost', 'wake-all'],
    'new-session': ['asked-again', 'send'],
  },
  removing: {
    wanted: ['asked', 'send'],
    unwanted: ['removing'],
    // The removal must not be sent again after the watch of the one who waits was set.
    waited: ['none', 'stop'],
    removed: ['none', 'forget'],
    'used-up': ['removing'],
    resumed: ['removing', 'wake-answered'],
    'session-ended': ['removing', 'wake-all'],
    'new-session': ['removing'],
  },
};

/** @throws {InternalError} that event cannot happen in that phase */
export function nextPhase(phase: WatchPhase, step: WatchStep): Transition {
  const next = transitions[phase][step];
  if (next === undefined) throw new InternalError(`watch event '${step}' cannot happen in phase '${phase}'`);
  return next;
}

/** Will a change be reported that happens after what is handed over now was served? Else whoever waits sets a watch of their own. */
export function isReliable(phase: WatchPhase): boolean {
  return reliable.has(phase);
}

const reliable: ReadonlySet<WatchPhase> = new Set([
  'asked',
  'asked-again',
  'confirmed',
  'widening',
  'widening-again',
  'widening-backing-off',
]);

/** Does the watch of this mode serve a listener who needs that one? */
export function serves(mode: WatchMode | undefined, needed: WatchMode): boolean {
  return mode === 'persistent-recursive' || mode === needed;
}
