import { ClosedError } from '../../errors/connection.ts';
import { DocentError, InternalError } from '../../errors/docent-error.ts';
import { OperationError } from '../../errors/operation.ts';
import type { Settings } from '../client-options.ts';
import { operationsAreObserved, tellOperation } from '../diagnostics.ts';
import type { Session } from '../session/session.ts';
import type { SessionKeeper } from '../session/session-keeper.ts';
import { validateCallOptions } from './arguments.ts';
import { Call } from './call.ts';
import type { CallOptions } from './call-options.ts';
import { CallRegistry } from './call-registry.ts';
import { forever, type RetryPolicy } from './retry.ts';

/** What is called, for errors, and where. */
export interface Target {
  readonly operation: string;
  readonly path: string;
  /** The namespace that the path is in: put before it. */
  readonly prefix: string;
}

/** Runs calls: bounds them, tells how they went, gives their errors the final form, and ends them when the client is closed. */
export class Caller {
  readonly #settings: Settings;
  readonly #keeper: SessionKeeper;
  readonly #reportError: (error: Error) => void;
  readonly #persistently: RetryPolicy;
  readonly #calls = new CallRegistry<Call>();
  readonly #cleanups = new CallRegistry<Call>();
  #stage: 'open' | 'closing' | 'closed' = 'open';

  constructor(settings: Settings, keeper: SessionKeeper, reportError: (error: Error) => void) {
    this.#settings = settings;
    this.#keeper = keeper;
    this.#reportError = reportError;
    this.#persistently = forever(settings.retry);
  }

  /**
   * Runs a call within its options, or the client's `operationTimeoutMs`.
   *
   * @param body does the work. What it hands over before its first await leaves in the tick of this call
   */
  async run<T>(target: Target, options: CallOptions, body: (call: Call) => Promise<T>): Promise<T> {
    return await this.#run(target, options, options.timeoutMs ?? this.#settings.operationTimeoutMs, false, body);
  }

  /** As `run`, for what goes on for as long as it takes unless the caller says otherwise. */
  async runPersistently<T>(target: Target, options: CallOptions, body: (call: Call) => Promise<T>): Promise<T> {
    return await this.#run(target, options, options.timeoutMs, true, body);
  }

  /**
   * Work that nobody waits for but `close`: goes on until it is done, or the session is over if one is given. Never rejects: what it cannot do, it reports,
   * and resolves with.
   */
  async inBackground(target: Target, session: Session | undefined, body: (call: Call) => Promise<void>): Promise<Error | undefined> {
    if (this.#stage === 'closed') return undefined;
    const call = this.#call(target, { session }, undefined, true);
    this.#cleanups.add(call);
    try {
      call.throwIfOver();
      await body(call);
      return undefined;
    } catch (error) {
      // What ends it from outside makes it needless: the session is over, or the client has no more time.
      if (call.isOver) return undefined;
      const failure = asError(error);
      this.#reportError(failure);
      return failure;
    } finally {
      call.dispose();
      this.#cleanups.delete(call);
    }
  }

  /** From here on calls are refused. Resolves when those under way have ended. */
  async stopCalls(): Promise<void> {
    this.#stage = 'closing';
    await this.#endAll(this.#calls);
  }

  /** Resolves when all background work is done. */
  async cleanedUp(): Promise<void> {
    await this.#cleanups.whenEmpty();
  }

  /** Ends what background work is left. */
  async stopCleanups(): Promise<void> {
    this.#stage = 'closed';
    await this.#endAll(this.#cleanups);
  }

  async #endAll(calls: CallRegistry<Call>): Promise<void> {
    const breathe = () => new Promise<void>((resolve) => this.#settings.clock.setTimer(0, resolve));
    await calls.endAll((call) => new ClosedError(`${call.operation} ${call.path}`), breathe);
    await calls.whenEmpty();
  }

  async #run<T>(
    target: Target,
    options: CallOptions,
    timeoutMs: number | undefined,
    isPersistent: boolean,
    body: (call: Call) => Promise<T>,
  ): Promise<T> {
    validateCallOptions(options, target.operation);
    if (this.#stage !== 'open') throw new ClosedError(`${target.operation} ${target.path}`);
    const call = this.#call(target, options, timeoutMs, isPersistent);
    this.#calls.add(call);
    try {
      call.throwIfOver();
      const result = await body(call);
      tell(call, 'ok');
      return result;
    } catch (error) {
      const explained = call.explain(error);
      tell(call, explained instanceof OperationError ? explained.outcome : 'failed');
      throw explained;
    } finally {
      call.dispose();
      this.#calls.delete(call);
    }
  }

  #call(target: Target, { signal, session }: CallOptions, timeoutMs: number | undefined, isPersistent: boolean): Call {
    const retry = isPersistent ? this.#persistently : this.#settings.retry;
    return new Call({ settings: this.#settings, keeper: this.#keeper, target, timeoutMs, signal, session, retry, isPersistent });
  }
}

function tell(call: Call, outcome: 'ok' | OperationError['outcome'] | 'failed'): void {
  if (!operationsAreObserved()) return;
  const { operation, path, attempts, elapsedMs } = call;
  tellOperation({ operation, path, outcome, attempts, elapsedMs });
}

function asError(error: unknown): Error {
  return error instanceof DocentError ? error : new InternalError('background work failed', { cause: error });
}
