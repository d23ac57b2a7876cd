import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { GroupMember, PersistentNode, type PersistentNodeState, PersistentTtlNode } from '../../recipes/index.ts';
import { type Client, text } from '../../src/index.ts';
import { besideCurator } from '../support/beside-curator.ts';

/** Resolves when the znode is there and holds that. */
async function holds(client: Client, path: string, data: string): Promise<void> {
  await firstValueFrom(client.data$(path).pipe(filter((node) => node?.data.toString() === data)));
}

async function when(node: PersistentNode, kind: PersistentNodeState['kind']): Promise<void> {
  await firstValueFrom(node.state$.pipe(filter((state) => state.kind === kind)));
}

besideCurator('PersistentNode and PersistentNode', (peers) => {
  test('ours waits until that of Java goes, by closing or with its session', { timeout: 60_000 }, async (context) => {
    const { startJava, connected } = await peers(context);
    await using client = await connected();
    for (const [path, ends] of [
      ['/nodes/closed', 'close'],
      ['/nodes/killed', 'kill'],
    ] as const) {
      await using java = await startJava({ sessionTimeoutMs: 4_000 });
      const ofJava = java.persistentNode(path, 'java');
      await ofJava.start();
      expect(await ofJava.created()).toBe(true);
      const ours = new PersistentNode(client, path, 'docent');
      ours.start();
      await when(ours, 'taken');
      expect((await client.get(path)).data.toString()).toBe('java');
      if (ends === 'close') await ofJava.close();
      else java.signal('SIGKILL');
      await ours.created();
      await holds(client, path, 'docent');
      await ours.close();
    }
  });

  test('a sequential one has the name that Java gives it, first and later', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const ofJava = java.persistentNode('/sequential/n-', 'java', { mode: 'EPHEMERAL_SEQUENTIAL', protect: true });
    const ours = new PersistentNode(client, '/sequential/n-', 'docent', { mode: 'ephemeral-sequential' });
    await ofJava.start();
    await ofJava.created();
    await ours.created();
    const named = (number: string) => new RegExp(`^/sequential/_c_[0-9a-f-]{36}-n-${number}$`);
    const [first = '', second = ''] = [await ofJava.path(), ours.path].map((path) => path ?? '');
    expect(first).toMatch(named('0000000000'));
    expect(second).toMatch(named('0000000001'));
    await Promise.all([client.delete(first), client.delete(second)]);
    const both$ = client.children$('/sequential').pipe(filter((names) => names?.length === 2));
    const again = (await firstValueFrom(both$)) ?? [];
    expect(again.map((name) => name.slice(-10)).toSorted()).toEqual(['0000000000', '0000000001']);
    await ours.close();
    await ofJava.close();
  });
});

besideCurator('GroupMember and GroupMember', (peers) => {
  test('Java and we are in one group, and see each other come, change and go', { timeout: 60_000 }, async (context) => {
    const { startJava, connected } = await peers(context);
    await using client = await connected();
    await using java = await startJava({ sessionTimeoutMs: 4_000 });
    const path = '/groups/mixed';
    const ofJava = java.groupMember(path, 'java', '1');
    const ours = new GroupMember(client, path, 'docent', { codec: text, data: '1' });
    const weSee = async (expected: Readonly<Record<string, string>>) => {
      const told = (members: ReadonlyMap<string, { readonly data: string | undefined }>) =>
        JSON.stringify(Object.fromEntries([...members].map(([id, { data }]) => [id, data])));
      await firstValueFrom(ours.members$.pipe(filter((members) => told(members) === JSON.stringify(expected))));
    };
    await ofJava.start();
    await ours.join();
    await weSee({ docent: '1', java: '1' });
    await javaSees({ docent: '1', java: '1' });
    await ours.setData('2');
    await ofJava.setData('2');
    await weSee({ docent: '2', java: '2' });
    await javaSees({ docent: '2', java: '2' });
    await client.delete(`${path}/java`);
    await client.delete(`${path}/docent`);
    await weSee({ docent: '2', java: '2' });
    await javaSees({ docent: '2', java: '2' });
    await ours.leave();
    await javaSees({ java: '2' });
    java.signal('SIGKILL');
    await weSee({});

    /** Its cache is told by watch events, and tells nobody that it was. */
    async function javaSees(expected: Readonly<Record<string, string>>): Promise<void> {
      await expect.poll(() => ofJava.members(), { timeout: 20_000 }).toEqual(expected);
    }
  });
});

besideCurator('PersistentTtlNode and PersistentTtlNode', (peers) => {
  test('Java and we keep one together, by the same child', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/ttl/shared';
    const ttlMs = 2_000;
    const touchedAgain = async () => {
      const now = (await client.exists(`${path}/touch`))?.mzxid ?? 0n;
      await firstValueFrom(client.data$(`${path}/touch`).pipe(filter((node) => node !== null && node.stat.mzxid > now)));
    };
    const ofJava = java.persistentTtlNode(path, 'java', ttlMs);
    expect(await ofJava.start()).toBe(true);
    await touchedAgain();
    const before = await client.exists(path);
    const ours = new PersistentTtlNode(client, path, 'docent', { ttlMs });
    await ours.created();
    await ofJava.close();
    await touchedAgain();
    expect(await client.children(path)).toEqual(['touch']);
    const { data, stat } = await client.get(path);
    expect([data.toString(), stat.czxid]).toEqual(['docent', before?.czxid]);
    await ours.close();
    await client.deleteAll(path);
  });
});
