import type { Observable } from 'rxjs';
import { z } from 'zod';
import { abortSignal, type Client, LeaseLostError, never, parseOptions, validatePath } from '../../src/index.ts';
import { type HoldOptions, holdOptions } from '../leases/hold-options.ts';
import { type Line, mutexPatterns } from '../line/line.ts';
import { followFirst, followParticipants, type Participant, participantsOf } from '../line/participants.ts';
import { stand } from './candidacy.ts';
import type { Term } from './term.ts';
import { type Outcome, type Work, workDuring } from './work.ts';

export interface SelectorRunOptions {
  /** Stops the work, or the wait for a turn. */
  readonly signal?: AbortSignal | undefined;
  /** After each turn, goes to the end of the line for another one, until `signal` aborts or the work fails. Default: false. */
  readonly autoRequeue?: boolean;
}

const runOptions = z.strictObject({
  signal: abortSignal.optional(),
  autoRequeue: z.boolean('must be true or false').default(false),
});

/**
 * Leaders by turns: each leads for as long as its work goes on, and then it is the next one's turn, in the order of arrival.
 *
 * While the session is suspended, a leader stays leader until `Session.validUntilMs`, before which no other can lead. When it is lost, the work is told
 * to stop and awaited. Waiting for a turn is a desired state: whatever happens to connections, sessions and znodes, the selector gets in line again.
 *
 * @example
 * const selector = new LeaderSelector(client, '/compaction');
 * await selector.run((lease, signal) => compactOne({ token: lease.token, signal }), { autoRequeue: true, signal: shutdown });
 *
 * @see Curator `LeaderSelector`: same znodes, so both may stand at one path. They are those of a lock: a `Mutex` at the path excludes leaders.
 */
export class LeaderSelector {
  readonly path: string;
  readonly #client: Client;
  readonly #options: z.output<typeof holdOptions>;
  readonly #line: Line;
  readonly #terms = new Set<Term>();

  /**
   * Does no I/O.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: HoldOptions = {}) {
    validatePath(path, 'LeaderSelector.path');
    this.#options = parseOptions(holdOptions, options, 'LeaderSelector.options');
    this.path = path;
    this.#client = client;
    this.#line = { directory: path, name: 'lock-', patterns: mutexPatterns };
  }

  /**
   * Gets in line, does `work` while leading, and makes way. Resolves with what the work of its one turn resolves with; with `autoRequeue` it takes turn
   * after turn and never resolves. Runs of one selector stand in line each for itself.
   *
   * @throws {LeaseLostError} leadership was lost or interrupted during the one turn. With `autoRequeue` it gets in line again instead
   * @throws whatever `work` throws while leading; the signal's reason, when aborted; what cannot heal, as no permission or a closed client
   */
  async run<T>(work: Work<T>, options: SelectorRunOptions = {}): Promise<T> {
    const { signal = never, autoRequeue } = parseOptions(runOptions, options, 'LeaderSelector.run');
    signal.throwIfAborted();
    let outcome: Outcome<T> | undefined;
    let last: Term | undefined;
    await stand({
      client: this.#client,
      line: this.#line,
      data: Buffer.from(this.#options.id),
      onSuspended: this.#options.onSuspended,
      signal,
      onPosition: () => {},
      lead: async (term) => {
        last = term;
        outcome = await this.#turn(term, work, signal);
        return autoRequeue ? 'again' : 'stop';
      },
    });
    signal.throwIfAborted();
    if (outcome?.kind === 'done') return outcome.value;
    throw new LeaseLostError(last?.znode.path ?? this.path, last?.over.reason);
  }

  /** Ends the present turn, as if it were lost: the work is told to stop and awaited, and the next one in line leads. Nothing happens if it does not lead. */
  interrupt(): void {
    for (const term of this.#terms) term.end('it was interrupted');
  }

  /** Does it lead? By the clock at the time of asking. */
  get hasLeadership(): boolean {
    return [...this.#terms].some((term) => term.isValid());
  }

  /** Who leads, now and whenever that changes; undefined while nobody does. Silent while there is no contact. */
  get leader$(): Observable<Participant | undefined> {
    return followFirst(this.#client, this.#line);
  }

  /** Who leads and who waits for a turn, in line order, now and whenever that changes; those of Curator too. Silent while there is no contact. */
  get participants$(): Observable<readonly Participant[]> {
    return followParticipants(this.#client, this.#line);
  }

  /** Who leads and who waits for a turn, in line order; those of Curator too. */
  participants(): Promise<readonly Participant[]> {
    return participantsOf(this.#client, this.#line);
  }

  async #turn<T>(term: Term, work: Work<T>, signal: AbortSignal): Promise<Outcome<T>> {
    this.#terms.add(term);
    try {
      return await workDuring(this.#client, term, work, signal);
    } finally {
      this.#terms.delete(term);
    }
  }
}
