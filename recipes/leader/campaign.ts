import { filter, type Observable, ReplaySubject } from 'rxjs';
import { first, LatchClosedError, whenAborted } from '../../src/index.ts';
import { handled } from '../common/handled.ts';
import { type Candidate, stand } from './candidacy.ts';
import type { Term } from './term.ts';

/** What a latch goes through. The last two are for good. */
export type LatchState =
  /** Not a candidate. */
  | { readonly kind: 'idle' }
  /** On the way into the line, in whatever session there will be. */
  | { readonly kind: 'joining' }
  /** In line, with so many ahead. */
  | { readonly kind: 'waiting'; readonly position: number }
  /** First in line. */
  | { readonly kind: 'leading'; readonly path: string; readonly token: bigint }
  /** Leads no more; what was done while leading is being awaited. */
  | { readonly kind: 'stopping' }
  | { readonly kind: 'closed' }
  /** Something that cannot heal: no permission, refused credentials, a closed client, a path in use by another recipe. */
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * The candidacy of one latch. It stands in line for as long as anybody wants that, once however many do, and leads until the works that began while it
 * led have ended.
 */
export class Campaign {
  readonly #path: string;
  readonly #candidate: Omit<Candidate, 'signal' | 'onPosition' | 'lead'>;
  readonly #state$ = new ReplaySubject<LatchState>(1);
  readonly #works = new Set<Promise<unknown>>();
  #state: LatchState = { kind: 'idle' };
  #term: Term | undefined;
  #interest = 0;
  #wanted = new AbortController();
  /** Rejects with what keeps our znode there. */
  #standing: Promise<void> = Promise.resolve();

  constructor(path: string, candidate: Omit<Candidate, 'signal' | 'onPosition' | 'lead'>) {
    this.#path = path;
    this.#candidate = candidate;
    this.#state$.next(this.#state);
  }

  /** The present state and each later one; completes after `closed` or `failed`. */
  get state$(): Observable<LatchState> {
    return this.#state$.asObservable();
  }

  /** The present leadership. */
  get term(): Term | undefined {
    return this.#term;
  }

  /**
   * Wants it to stand in line.
   *
   * @returns how to want it no more. Idempotent; resolves when it is out of the line, if nobody else wants it in, and rejects with what keeps it there.
   * Nobody has to wait for it
   * @throws {LatchClosedError}
   * @throws what it has failed with
   */
  enter(): () => Promise<void> {
    if (this.#state.kind === 'failed') throw this.#state.error;
    if (this.#state.kind === 'closed') throw new LatchClosedError(this.#path);
    this.#interest += 1;
    if (this.#interest === 1) this.#begin();
    let left: Promise<void> | undefined;
    return () => {
      if (left === undefined) {
        left = this.#interest === 1 ? this.#standing : Promise.resolve();
        this.#interest -= 1;
        // May call this again.
        if (this.#interest === 0) this.#wanted.abort(new Error('nobody wants it any more'));
      }
      return left;
    };
  }

  /**
   * Waits until it leads.
   *
   * @throws {LatchClosedError}
   * @throws what it fails with, and the signal's reason
   */
  async elected(signal: AbortSignal): Promise<Term> {
    const decided$ = this.#state$.pipe(filter(({ kind }) => kind === 'leading' || kind === 'closed' || kind === 'failed'));
    for (;;) {
      const state = await first(decided$, signal);
      if (state.kind === 'closed') throw new LatchClosedError(this.#path);
      if (state.kind === 'failed') throw state.error;
      if (this.#term?.isValid() === true) return this.#term;
    }
  }

  /** It makes way only when `working` has ended, however that does. */
  async track<T>(working: Promise<T>): Promise<T> {
    this.#works.add(working);
    try {
      return await working;
    } finally {
      this.#works.delete(working);
    }
  }

  /**
   * For good. Resolves when it is out of the line.
   *
   * @throws what keeps its znode there
   */
  async close(): Promise<void> {
    this.#end({ kind: 'closed' });
    this.#wanted.abort(new LatchClosedError(this.#path));
    await this.#standing;
  }

  #begin(): void {
    this.#wanted = new AbortController();
    this.#standing = handled(this.#standAfter(this.#standing, this.#wanted.signal));
  }

  async #standAfter(before: Promise<void>, signal: AbortSignal): Promise<void> {
    // What kept it there then was told to who wanted it then.
    await before.catch(() => {});
    if (signal.aborted) return;
    this.#tell({ kind: 'joining' });
    const onPosition = (position: number) => {
      if (this.#state.kind !== 'waiting' || this.#state.position !== position) this.#tell({ kind: 'waiting', position });
    };
    try {
      await stand({ ...this.#candidate, signal, onPosition, lead: (term) => this.#lead(term) });
    } catch (error) {
      if (!signal.aborted) {
        this.#end({ kind: 'failed', error });
        return;
      }
      this.#tell({ kind: 'idle' });
      if (error !== signal.reason) throw error;
    }
  }

  async #lead(term: Term): Promise<'again'> {
    // It may have been lost before anybody knew that we lead.
    if (term.over.aborted) return 'again';
    this.#term = term;
    const { path, token } = term.znode;
    this.#tell({ kind: 'leading', path, token });
    await new Promise<void>((resolve) => {
      whenAborted(term.over, () => {
        this.#term = undefined;
        this.#tell({ kind: 'stopping' });
        resolve();
      });
    });
    while (this.#works.size > 0) await Promise.allSettled(this.#works);
    this.#tell({ kind: 'joining' });
    return 'again';
  }

  #tell(state: LatchState): void {
    if (this.#state.kind === 'closed' || this.#state.kind === 'failed') return;
    this.#state = state;
    this.#state$.next(state);
  }

  #end(state: LatchState): void {
    this.#tell(state);
    this.#state$.complete();
  }
}
