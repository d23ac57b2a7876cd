import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { SharedCount, SharedValue } from '../../recipes/index.ts';
import { json, MalformedDataError, text, VersionExhaustedError, ZnodeReplacedError } from '../../src/index.ts';
import { onEveryServer } from '../support/servers.ts';

const path = '/shared/limit';

onEveryServer('SharedValue', (connected) => {
  const options = { codec: json(z.object({ perSecond: z.number() })), seed: { perSecond: 10 } };

  test('it has the seed until it is set, whatever other seeds there are', async () => {
    await using one = await connected();
    await using other = await connected(one);
    expect(await new SharedValue(one, path, options).get()).toMatchObject({ value: { perSecond: 10 }, version: 0 });
    expect(await new SharedValue(other, path, { ...options, seed: { perSecond: 99 } }).get({ sync: true })).toMatchObject({
      value: { perSecond: 10 },
    });
  });

  test('it is set on a condition only while nobody else has set it', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const [mine, theirs] = [new SharedValue(one, path, options), new SharedValue(other, path, options)];
    const known = await mine.get();
    const newer = await mine.trySet(known, { perSecond: 20 });
    expect(newer).toMatchObject({ value: { perSecond: 20 }, version: 1 });
    expect(newer?.mzxid).toBeGreaterThan(known.mzxid);
    expect(await theirs.trySet(known, { perSecond: 30 })).toBeNull();
    expect(await theirs.trySet(await theirs.get({ sync: true }), { perSecond: 40 })).toMatchObject({ version: 2 });
    expect(newer === null ? undefined : await mine.trySet(newer, { perSecond: 50 })).toBeNull();
    expect(await mine.set({ perSecond: 60 })).toMatchObject({ value: { perSecond: 60 }, version: 3 });
  });

  test('a znode that was deleted is not set on a condition, and set makes it anew', async () => {
    await using client = await connected();
    const value = new SharedValue(client, path, options);
    const known = await value.get();
    await client.delete(path);
    expect(await value.trySet(known, { perSecond: 1 })).toBeNull();
    expect(await value.set({ perSecond: 2 })).toMatchObject({ value: { perSecond: 2 }, version: 0 });
    await expect(value.trySet(known, { perSecond: 3 })).rejects.toThrow(ZnodeReplacedError);
  });

  test('a version of -1, which servers take for any, is never asked for', async () => {
    await using client = await connected();
    const value = new SharedValue(client, path, options);
    const known = await value.get();
    await expect(value.trySet({ ...known, version: -1 }, { perSecond: 1 })).rejects.toThrow(VersionExhaustedError);
    expect((await value.get()).version).toBe(0);
  });

  test('data that is no value is told, and the stream goes on when it is mended', async () => {
    await using client = await connected();
    const value = new SharedValue(client, path, options);
    const told = firstValueFrom(client.errors$);
    const seen = firstValueFrom(value.value$.pipe(take(2), toArray()));
    await firstValueFrom(value.value$);
    await client.set(path, '{"perSecond":"many"}');
    expect(await told).toBeInstanceOf(MalformedDataError);
    expect(await told).toMatchObject({ path });
    await expect(value.get()).rejects.toThrow(MalformedDataError);
    await value.set({ perSecond: 5 });
    expect((await seen).map((each) => each.value.perSecond)).toEqual([10, 5]);
  });

  test('whoever follows it gets the value at once, the last one, and what comes after it has been made anew', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const value = new SharedValue(one, path, { codec: text, seed: 'a' });
    const seen: string[] = [];
    using following = new Following(value.value$.subscribe((each) => seen.push(each.value)));
    await firstValueFrom(value.value$.pipe(filter((each) => each.value === 'a')));
    const theirs = new SharedValue(other, path, { codec: text, seed: 'z' });
    await theirs.set('b');
    await firstValueFrom(value.value$.pipe(filter((each) => each.value === 'b')));
    await other.delete(path);
    await theirs.set('c');
    await firstValueFrom(value.value$.pipe(filter((each) => each.value === 'c')));
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(following.isOn).toBe(true);
  });
});

onEveryServer('SharedCount', (connected) => {
  test('every follower in several sessions sees every one of paced counts, in order', async () => {
    await using writer = await connected();
    const followers = await Promise.all(Array.from({ length: 3 }, () => connected(writer)));
    const count = new SharedCount(writer, path, { seed: -1 });
    const last = 20;
    const seen = followers.map(() => [] as number[]);
    const values = followers.map((follower, index) => {
      const { value$ } = new SharedCount(follower, path);
      const ended = new Promise<void>((resolve, reject) => {
        const following = value$.subscribe({
          next: ({ value }) => {
            seen[index]?.push(value);
            if (value === last) {
              following.unsubscribe();
              resolve();
            }
          },
          error: reject,
        });
      });
      return { value$, ended };
    });
    for (let value = 1; value <= last; value += 1) {
      await count.set(value);
      if (value === last) continue;
      await Promise.all(values.map(({ value$ }) => firstValueFrom(value$.pipe(filter((each) => each.value === value)))));
    }
    await Promise.all(values.map(({ ended }) => ended));
    for (const each of seen) expect(each.slice(each.indexOf(1))).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    for (const follower of followers) await follower.close();
  });

  test('it is four bytes, big-endian, and nothing else', async () => {
    await using client = await connected();
    const count = new SharedCount(client, path, { seed: -2 });
    await count.get();
    expect((await client.get(path)).data).toEqual(Buffer.from([0xff, 0xff, 0xff, 0xfe]));
    await client.set(path, 'abc');
    await expect(count.get()).rejects.toMatchObject({ name: 'MalformedDataError', path });
    await expect(count.set(2 ** 31)).rejects.toMatchObject({ name: 'InvalidArgumentError' });
    expect(() => new SharedCount(client, path, { seed: 2 ** 31 })).toThrow('SharedCount.options.seed');
  });
});

class Following implements Disposable {
  readonly #subscription: { readonly closed: boolean; unsubscribe(): void };

  constructor(subscription: { readonly closed: boolean; unsubscribe(): void }) {
    this.#subscription = subscription;
  }

  get isOn(): boolean {
    return !this.#subscription.closed;
  }

  [Symbol.dispose](): void {
    this.#subscription.unsubscribe();
  }
}
