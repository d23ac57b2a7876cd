import { Observable, Subject, Subscription } from 'rxjs';
import { type CancelTimer, type Clock, MaxHoldError } from '../../src/index.ts';
import { handled } from '../common/handled.ts';
import type { Basis, Znodes } from './basis.ts';

/** How long a hold may last. */
export interface MaxHold {
  readonly maxHoldMs: number;
  /** How long before its end the holder is told. */
  readonly warningMs: number;
}

/** A basis that ends by itself: by the clock at the time of asking, and then its znodes are given back, whether or not the holder ever does. */
export class TimedBasis implements Basis {
  readonly #basis: Basis;
  readonly #clock: Clock;
  readonly #terms: MaxHold;
  readonly #tellLost = new Set<(cause: unknown) => void>();
  readonly #expiring$ = new Subject<void>();
  readonly #watching = new Subscription();
  #endsAtMs = 0;
  #isExpiring = false;
  #lost: { readonly cause: unknown } | undefined;
  #cancelTimer: CancelTimer = () => {};
  #givenBack: Promise<void> | undefined;

  constructor(basis: Basis, clock: Clock, terms: MaxHold) {
    this.#basis = basis;
    this.#clock = clock;
    this.#terms = terms;
    basis.whenLost((cause) => this.#lose(cause), this.#watching);
    this.renew();
  }

  get znodes(): Znodes {
    return this.#basis.znodes;
  }

  get turn(): number | undefined {
    return this.#basis.turn;
  }

  guarded(): void {
    this.#basis.guarded?.();
  }

  get revoke$(): Observable<void> {
    return this.#basis.revoke$;
  }

  /** Emits when the end is near, at once if it already is; again when it is near after it was put off. Completes when there is no end to come any more. */
  get expiring$(): Observable<void> {
    return new Observable((subscriber) => {
      if (this.#isExpiring) subscriber.next();
      return this.#expiring$.subscribe(subscriber);
    });
  }

  isValid(): boolean {
    if (this.#lost === undefined && this.#clock.now() >= this.#endsAtMs) this.#expire();
    return this.#lost === undefined && this.#basis.isValid();
  }

  whenLost(action: (cause: unknown) => void, until: Subscription): void {
    if (this.#lost !== undefined) {
      action(this.#lost.cause);
      return;
    }
    this.#tellLost.add(action);
    until.add(() => this.#tellLost.delete(action));
  }

  /** Puts the end off: it is `maxHoldMs` from now. */
  renew(): void {
    if (this.#lost !== undefined || this.#givenBack !== undefined) return;
    this.#endsAtMs = this.#clock.now() + this.#terms.maxHoldMs;
    this.#isExpiring = false;
    this.#at(this.#endsAtMs - this.#terms.warningMs, () => {
      this.#isExpiring = true;
      // Before the holder is told, who may put it off.
      this.#at(this.#endsAtMs, () => this.#expire());
      this.#expiring$.next();
    });
  }

  giveBack(): Promise<void> {
    if (this.#givenBack === undefined) {
      this.#rest();
      this.#givenBack = handled(this.#basis.giveBack());
    }
    return this.#givenBack;
  }

  #expire(): void {
    const [{ path }] = this.znodes;
    // First the holder is told, then the znodes go.
    this.#lose(new MaxHoldError(path, this.#terms.maxHoldMs));
    // `client.close()` waits for it.
    void this.giveBack();
  }

  #lose(cause: unknown): void {
    if (this.#lost !== undefined) return;
    this.#lost = { cause };
    this.#rest();
    const listeners = [...this.#tellLost];
    this.#tellLost.clear();
    for (const tell of listeners) tell(cause);
  }

  #rest(): void {
    this.#cancelTimer();
    this.#watching.unsubscribe();
    this.#isExpiring = false;
    this.#expiring$.complete();
  }

  #at(instantMs: number, action: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.setTimer(instantMs - this.#clock.now(), action, { background: true });
  }
}
