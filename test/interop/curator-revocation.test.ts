import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { Mutex, SemaphoreMutex } from '../../recipes/index.ts';
import { besideCurator } from '../support/beside-curator.ts';
import { namesAt } from '../support/names-at.ts';

besideCurator('revocation, and semaphore mutexes', (peers) => {
  test('a Java waiter asks one of ours to give the lock back', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/revoked-by-java';
    const lease = await new Mutex(client, path).acquire();
    const asked = firstValueFrom(lease.revoke$).then(() => lease.release());
    const javaWaits = java.mutex(path).acquire({ thread: 'waiter' });
    await java.revoke(lease.path);
    await asked;
    expect(await javaWaits).toBe(true);
    await java.mutex(path).release({ thread: 'waiter' });
  });

  test('one of ours asks a Java holder to give the lock back', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/revoked-by-us';
    const [mutex, ofJava] = [new Mutex(client, path), java.mutex(path)];
    await ofJava.makeRevocable();
    await ofJava.acquire();
    const waiting = mutex.acquire();
    const [holder] = await mutex.participants();
    expect(await mutex.revoke(holder?.path ?? '')).toBe(true);
    await java.event('revoked', path);
    await ofJava.release();
    await (await waiting).release();
  });

  test('SemaphoreMutex and InterProcessSemaphoreMutex exclude each other, and hand over to each other', {
    timeout: 60_000,
  }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/semaphore-mutex';
    const [mutex, ofJava] = [new SemaphoreMutex(client, path), java.semaphoreMutex(path)];
    const lease = await mutex.acquire();
    expect(await ofJava.acquire({ timeoutMs: 50 })).toBe(false);
    const javaWaits = ofJava.acquire();
    await lease.release();
    expect(await javaWaits).toBe(true);
    expect(await mutex.tryAcquire()).toBeNull();
    const weWait = mutex.acquire();
    await ofJava.release();
    await (await weWait).release();
    expect(await namesAt(client, `${path}/leases`)).toEqual([]);
  });
});
