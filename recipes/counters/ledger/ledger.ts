import { Observable } from 'rxjs';
import { type Client, ContentionError, first } from '../../../src/index.ts';
import { inAnySession } from '../../common/in-any-session.ts';
import type { WaitOptions } from '../../common/wait-options.ts';
import { patient } from '../counter-options.ts';
import { type Applied, applyAll } from './apply-all.ts';
import { type Caller, Callers, type Settled, type Wish } from './callers.ts';
import { Turns } from './turns.ts';
import type { Known, VersionedZnode } from './versioned-znode.ts';

// What was true a moment ago is tried as if it still were. Somebody may have deleted the znode and made it anew since, with as many changes, which no
// version tells: the longer ago, the likelier.
const trustMs = 1_000;

/**
 * Makes changes to one znode, each on top of what is there, and those of all who wait in one request.
 *
 * It goes round by round: all changes, applied to what is known or else to what is read, make the next value, which the server takes only if nobody
 * was there in between. Then all are settled, else all take part in the next round.
 */
export class Ledger<T> {
  readonly #client: Client;
  readonly #znode: VersionedZnode<T>;
  readonly #callers: Callers<T>;
  readonly #turns = new Turns();
  #trusted: { readonly known: Known<T>; readonly untilMs: number } | undefined;
  #isAtWork = false;

  constructor(client: Client, znode: VersionedZnode<T>) {
    this.#client = client;
    this.#znode = znode;
    this.#callers = new Callers(client.clock, znode.path);
  }

  /** Resolves when the change is made, or found to change nothing in what is there now. */
  async submit(wish: Wish<T>, options: WaitOptions): Promise<Settled<T>> {
    return await this.#callers.wait(wish, options, () => {
      if (this.#isAtWork) return;
      // It never rejects: those who wait are told.
      void this.#work();
    });
  }

  /** Somebody has written around it. */
  forget(): void {
    this.#trusted = undefined;
  }

  async #work(): Promise<void> {
    this.#isAtWork = true;
    // Whoever calls in the same tick takes part in the first round.
    await Promise.resolve();
    for (let { oldest } = this.#callers; oldest !== undefined; oldest = this.#callers.oldest) {
      try {
        await this.#settle(oldest);
      } catch (error) {
        this.#callers.fail(oldest, error);
      }
    }
    this.#isAtWork = false;
  }

  /** Rounds, on the terms of the one who has waited longest. */
  async #settle(oldest: Caller<T>): Promise<void> {
    const { terms, sinceMs } = oldest;
    const pauseMs = this.#turns.pauseMs(this.#client.now(), this.#client.clock.random());
    if (pauseMs > 0) await this.#pause(pauseMs);
    for (;;) {
      await this.#round();
      if (!this.#callers.has(oldest)) return;
      const delayMs = terms.retry(oldest.attempts, this.#client.now() - sinceMs, this.#client.clock.random());
      if (delayMs === 'stop') break;
      await this.#pause(delayMs);
    }
    const { lock } = terms;
    if (lock === undefined) throw new ContentionError(this.#znode.path, oldest.attempts);
    const { signal } = this.#callers;
    // A lost place in line is no reason to fail: nothing has been changed.
    await using _lease = await inAnySession(this.#client, signal, () => lock.acquire({ signal }));
    for (let failures = 1; ; failures += 1) {
      await this.#round();
      if (!this.#callers.has(oldest)) return;
      const delayMs = patient(failures, 0, this.#client.clock.random());
      if (delayMs !== 'stop') await this.#pause(delayMs);
    }
  }

  /** Settles or fails those who take part, or nobody, if somebody else was faster. */
  async #round(): Promise<void> {
    const { signal } = this.#callers;
    const draft = await this.#draft(signal);
    if (draft === undefined) return;
    const { known, next, outcomes } = draft;
    const callers = [...outcomes.keys()];
    for (const caller of callers) {
      caller.attempts += 1;
      caller.isSent = next !== undefined;
    }
    const beganMs = this.#client.now();
    try {
      const found = next === undefined ? known : await this.#replaced(known, next.value, signal);
      const nowMs = this.#client.now();
      if (found === undefined) {
        this.#turns.lost(nowMs);
        return;
      }
      if (next !== undefined) this.#turns.won(beganMs, nowMs);
      this.#trusted = { known: found, untilMs: nowMs + trustMs };
      for (const [caller, outcome] of outcomes) this.#callers.settle(caller, outcome);
    } catch (error) {
      for (const [caller, { kind }] of outcomes) if (kind === 'changed') this.#callers.fail(caller, error);
    } finally {
      for (const caller of callers) caller.isSent = false;
    }
  }

  /** What all want, on top of what is there. Undefined: that could not be found out, and all have been told. */
  async #draft(signal: AbortSignal): Promise<(Applied<T, Caller<T>> & { readonly known: Known<T> }) | undefined> {
    try {
      const known = this.#takeTrusted() ?? (await this.#znode.read({ signal }));
      const applied = applyAll(known.value, this.#callers.all);
      if (applied.next !== undefined) return { known, ...applied };
      // No write will say whether it was out of date.
      const callers = [...applied.outcomes.keys()];
      const present = await this.#znode.readPresent({ signal });
      return {
        known: present,
        ...applyAll(
          present.value,
          callers.filter((caller) => this.#callers.has(caller)),
        ),
      };
    } catch (error) {
      // Whoever comes when all others have given up has not.
      if (!signal.aborted) for (const caller of this.#callers.all) this.#callers.fail(caller, error);
      return undefined;
    }
  }

  async #replaced({ revision }: Known<T>, value: T, signal: AbortSignal): Promise<Known<T> | undefined> {
    const stat = await this.#znode.replace(revision, value, { signal });
    return stat === undefined ? undefined : { value, revision: stat };
  }

  /** It is told of once: if another write comes of it, there is newer. */
  #takeTrusted(): Known<T> | undefined {
    const trusted = this.#trusted;
    this.#trusted = undefined;
    return trusted !== undefined && this.#client.now() < trusted.untilMs ? trusted.known : undefined;
  }

  async #pause(delayMs: number): Promise<void> {
    const { clock } = this.#client;
    const timer$ = new Observable<void>((subscriber) => clock.setTimer(delayMs, () => subscriber.next()));
    await first(timer$, this.#callers.signal);
  }
}
