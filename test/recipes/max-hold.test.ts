import { firstValueFrom, lastValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { type Lockable, MultiLock, Mutex, ReadWriteLock, Semaphore } from '../../recipes/index.ts';
import { type Client, LeaseLostError, MaxHoldError } from '../../src/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { onEveryServer } from '../support/servers.ts';
import { stall } from '../support/stall.ts';

const path = '/locks/bounded';

const locks: Readonly<Record<string, (client: Client) => Lockable>> = {
  Mutex: (client) => new Mutex(client, path),
  'Mutex with handoff': (client) => new Mutex(client, path, { handoff: { max: 3 } }),
  'ReadWriteLock.read': (client) => new ReadWriteLock(client, path).read,
  'ReadWriteLock.write': (client) => new ReadWriteLock(client, path).write,
  Semaphore: (client) => new Semaphore(client, path, 1),
  MultiLock: (client) => new MultiLock(client, [new Mutex(client, `${path}/a`), new Mutex(client, `${path}/b`)]),
};

onEveryServer('maxHoldMs', (connected) => {
  test.each(Object.entries(locks))(
    '%s: a lease ends by itself, its holder is told before, and the next enters without a release',
    async (_, lockOf) => {
      const clock = new ManualClock();
      await using client = await connected(undefined, { clock });
      await using other = await connected(client);
      const lease = await lockOf(client).acquire({ maxHoldMs: 300, warningMs: 200 });
      const told: string[] = [];
      lease.expiring$.subscribe({ next: () => told.push(`expiring, valid: ${lease.isValid()}`), complete: () => told.push('over') });
      lease.signal.addEventListener('abort', () => told.push(`lost, valid: ${lease.isValid()}`));
      const waiting = lockOf(other).acquire();
      clock.advance(100);
      expect(told).toEqual(['expiring, valid: true']);
      clock.advance(200);
      await using next = await waiting;
      expect(next.isValid()).toBe(true);
      expect(told).toEqual(['expiring, valid: true', 'over', 'lost, valid: false']);
      expect(() => lease.assertValid()).toThrow(LeaseLostError);
      expect(lease.signal.reason).toMatchObject({ name: 'LeaseLostError', cause: expect.any(MaxHoldError) });
      expect(await lastValueFrom(lease.state$)).toEqual({ kind: 'lost', reason: lease.signal.reason });
      expect(() => lease.renew()).toThrow(LeaseLostError);
      await lease.release();
      expect(next.isValid()).toBe(true);
    },
  );

  test('a holder that renews goes on for as long again, and is told again', async () => {
    const clock = new ManualClock();
    await using client = await connected(undefined, { clock });
    const lease = await new Mutex(client, path).acquire({ maxHoldMs: 400, warningMs: 300 });
    for (let renewals = 0; renewals < 4; renewals += 1) {
      const told = firstValueFrom(lease.expiring$);
      clock.advance(399);
      await told;
      expect(lease.isValid()).toBe(true);
      lease.renew();
    }
    clock.advance(100);
    await firstValueFrom(lease.expiring$);
    await firstValueFrom(lease.expiring$, { defaultValue: undefined });
    expect(lease.isValid()).toBe(true);
    await lease.release();
    expect(await lastValueFrom(lease.expiring$, { defaultValue: 'completed' })).toBe('completed');
    expect(lease.signal.aborted).toBe(false);
  });

  test('the first line after a stalled event loop sees that the time is up', async () => {
    await using client = await connected();
    const lease = await new Mutex(client, path).acquire({ maxHoldMs: 200 });
    stall(250);
    expect(lease.isValid()).toBe(false);
    expect(lease.signal.aborted).toBe(true);
    await lease.release();
    expect(await client.children(path)).toEqual([]);
  });

  test('without maxHoldMs nothing expires, and there is nothing to renew', async () => {
    await using client = await connected();
    await using lease = await new Mutex(client, path).acquire();
    lease.renew();
    expect(await lastValueFrom(lease.expiring$, { defaultValue: 'completed' })).toBe('completed');
    expect(lease.isValid()).toBe(true);
  });

  test.each([
    [{ maxHoldMs: 0 }, 'maxHoldMs'],
    [{ maxHoldMs: '5s' }, 'maxHoldMs'],
    [{ maxHoldMs: 100, warningMs: 100 }, 'warningMs'],
    [{ warningMs: 100 }, 'warningMs'],
  ])('%o is refused by name', async (options, field) => {
    await using client = await connected();
    await expect(new Mutex(client, path).acquire(options as object)).rejects.toMatchObject({
      name: 'InvalidArgumentError',
      field: `Mutex.acquire.${field}`,
    });
  });
});
