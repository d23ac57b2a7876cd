import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { type Lease, Mutex } from '../../recipes/index.ts';
import { type Client, nameOf } from '../../src/index.ts';
import { besideCurator } from '../support/beside-curator.ts';
import { PeerError } from '../support/java-peer.ts';
import { namesAt } from '../support/names-at.ts';

/** Resolves when so many stand in line. */
async function queued(client: Client, path: string, count: number): Promise<void> {
  await firstValueFrom(client.children$(path).pipe(filter((children) => children?.length === count)));
}

besideCurator('Mutex and InterProcessMutex', (peers) => {
  test('one excludes the other, and each hands over to the other', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/exclusion';
    const [mutex, ofJava] = [new Mutex(client, path), java.mutex(path)];

    const lease = await mutex.acquire();
    expect(await ofJava.acquire({ timeoutMs: 50 })).toBe(false);
    const javaWaits = ofJava.acquire();
    await queued(client, path, 2);
    await lease.release();
    expect(await javaWaits).toBe(true);

    expect(await mutex.tryAcquire()).toBeNull();
    const weWait = mutex.acquire();
    await queued(client, path, 2);
    await ofJava.release();
    expect((await weWait).token).toBeGreaterThan(lease.token);
    await (await weWait).release();
    expect(await namesAt(client, path)).toEqual([]);
  });

  test('contenders of both kinds take turns in the order of arrival', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/turns';
    const [mutex, ofJava] = [new Mutex(client, path), java.mutex(path)];
    const first = await mutex.acquire();
    const entered: string[] = [];
    const turns: Promise<void>[] = [];
    for (let number = 0; number < 10; number += 1) {
      const thread = `thread ${number}`;
      turns.push(
        number % 2 === 0
          ? mutex.run(() => void entered.push(`docent ${number}`))
          : ofJava.acquire({ thread }).then(async () => {
              entered.push(`Java ${number}`);
              await ofJava.release({ thread });
            }),
      );
      await queued(client, path, number + 2);
    }
    await first.release();
    await Promise.all(turns);
    expect(entered).toEqual(Array.from({ length: 10 }, (_, number) => `${number % 2 === 0 ? 'docent' : 'Java'} ${number}`));
  });

  test('under contention, one is inside at a time', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/contention';
    const [mutex, ofJava] = [new Mutex(client, path), java.mutex(path)];
    // Each adds one to the number by reading and then writing it: whoever is not alone loses an addition, or meets another version.
    await client.create('/sum', '0');
    const addOne = async () => {
      const { data, stat } = await client.get('/sum');
      await client.set('/sum', String(Number(data.toString()) + 1), { version: stat.version });
    };
    const contenders = Array.from({ length: 4 }, async (_, number) => {
      const thread = `contender ${number}`;
      for (let round = 0; round < 15; round += 1) {
        await mutex.run(addOne);
        await ofJava.acquire({ thread });
        await addOne();
        await ofJava.release({ thread });
      }
    });
    await Promise.all(contenders);
    expect((await client.get('/sum')).data.toString()).toBe('120');
    expect(await namesAt(client, path)).toEqual([]);
  });

  test('each sees the other among the participants', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/participants';
    const [mutex, ofJava] = [new Mutex(client, path, { id: 'one of ours' }), java.mutex(path)];
    await ofJava.acquire();
    const waiting = mutex.acquire();
    await queued(client, path, 2);
    const seen = await mutex.participants();
    expect(seen.map(({ sessionId, holds }) => ({ sessionId, holds }))).toEqual([
      { sessionId: await java.sessionId(), holds: true },
      { sessionId: client.session?.id, holds: false },
    ]);
    expect(await ofJava.participants()).toEqual(seen.map((each) => each.path));
    await ofJava.release();
    await (await waiting).release();
  });

  test('a Java holder that crashes makes room when its session has ended', { timeout: 60_000 }, async (context) => {
    const { startJava, connected } = await peers(context);
    await using client = await connected();
    await using java = await startJava({ sessionTimeoutMs: 4_000 });
    const path = '/crash';
    await java.mutex(path).acquire();
    const waiting = new Mutex(client, path).acquire();
    await queued(client, path, 2);
    java.signal('SIGKILL');
    await using lease = await waiting;
    expect(await client.children(path)).toEqual([nameOf(lease.path)]);
  });

  test('a Java waiter that is interrupted leaves the line, and the next is served', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/interrupted';
    const mutex = new Mutex(client, path);
    const first = await mutex.acquire();
    const javaWaits = java.mutex(path).acquire({ thread: 'impatient' });
    const failure = javaWaits.catch((error: unknown) => error);
    await queued(client, path, 2);
    const next: Promise<Lease> = mutex.acquire();
    await queued(client, path, 3);
    await java.interrupt('impatient');
    expect(await failure).toMatchObject({ name: 'Error', thrown: 'java.lang.InterruptedException' } satisfies Partial<PeerError>);
    await queued(client, path, 2);
    await first.release();
    await (await next).release();
  });

  test('releasing what the thread does not hold is an error of Java', { timeout: 60_000 }, async (context) => {
    const { java } = await peers(context);
    await expect(java.mutex('/not-held').release()).rejects.toThrow(PeerError);
  });
});
