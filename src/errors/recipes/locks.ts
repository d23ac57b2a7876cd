import { DocentError, describeCause } from '../docent-error.ts';

/** The hold is gone, or no longer certain; `cause` says how. Stop what it guarded. */
export class LeaseLostError extends DocentError {
  override readonly name = 'LeaseLostError';
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`the lease ${path} is lost: ${describeCause(cause)}. Stop what it guarded`, { cause });
    this.path = path;
  }
}

/** Not ours within the time given; the place in line has been given up. */
export class AcquireTimeoutError extends DocentError {
  override readonly name = 'AcquireTimeoutError';
  readonly path: string;
  readonly timeoutMs: number;

  constructor(path: string, timeoutMs: number, options?: ErrorOptions) {
    super(`${path} was not acquired within ${timeoutMs} ms; the place in line has been given up`, options);
    this.path = path;
    this.timeoutMs = timeoutMs;
  }
}

/** It was held for as long as its `maxHoldMs` allows; cause of the `LeaseLostError`. `lease.expiring$` tells it beforehand, `lease.renew()` puts it off. */
export class MaxHoldError extends DocentError {
  override readonly name = 'MaxHoldError';
  readonly path: string;
  readonly maxHoldMs: number;

  constructor(path: string, maxHoldMs: number, options?: ErrorOptions) {
    super(`it was held for ${maxHoldMs} ms, which is all that its maxHoldMs allows`, options);
    this.path = path;
    this.maxHoldMs = maxHoldMs;
  }
}

/** The owner holds the read lock of a read-write lock and asks for its write lock, which would wait for the owner itself. */
export class LockUpgradeError extends DocentError {
  override readonly name = 'LockUpgradeError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(
      `${path}: whoever holds the read lock cannot get the write lock as well. Release the one first, or take the write lock to begin with`,
      options,
    );
    this.path = path;
  }
}

/** Somebody in a deadlock: waits at one lock for another, who has something that the next one waits for, and so on around. */
export interface DeadlockMember {
  /** How its recipe calls it. */
  readonly id: string;
  /** Tells owners apart. */
  readonly owner: string;
  readonly sessionId: bigint;
  /** Path of the lock that it waits for. */
  readonly waitsFor: string;
  /** Its znode in line there. */
  readonly waitingNode: string;
  /** The znode in its way, which is of the next member. */
  readonly blockedBy: string;
}

/** We waited for somebody who waits for us. The place in line has been given up: give back what you hold, so that others can go on, and begin again. */
export class DeadlockError extends DocentError {
  override readonly name = 'DeadlockError';
  readonly path: string;
  /** Who waits for whom: we first, who have closed the circle by waiting last. */
  readonly members: readonly DeadlockMember[];

  constructor(path: string, members: readonly DeadlockMember[]) {
    const circle = members.map(({ id, waitsFor }) => `${id} waits for ${waitsFor}`).join(', whose holder ');
    super(`${path} would never have been acquired: ${circle}, whose holder is the first of them. Give back what you hold, and begin again`);
    this.path = path;
    this.members = members;
  }
}
