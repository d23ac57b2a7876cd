import { type Client, joinPath } from '../src/index.ts';

const parents = 100;

/** As the peers' programs name them. */
export function pathOf(root: string, index: number): string {
  const name = String(Math.floor(index / parents)).padStart(6, '0');
  return joinPath(parentAt(root, index % parents), `c${name}`);
}

/** Makes `count` znodes of 100 bytes below 100 parents, unless they are there. */
export async function makeTree(client: Client, root: string, count: number): Promise<void> {
  if ((await client.exists(pathOf(root, count - 1))) !== null) return;
  await client.ensurePath(root);
  const data = Buffer.alloc(100, 'x');
  await inHundreds(
    client,
    Array.from({ length: parents }, (_, index) => ({ path: parentAt(root, index), data: Buffer.alloc(0) })),
  );
  await inHundreds(
    client,
    Array.from({ length: count }, (_, index) => ({ path: pathOf(root, index), data })),
  );
}

function parentAt(root: string, index: number): string {
  return joinPath(root, `p${String(index).padStart(2, '0')}`);
}

async function inHundreds(client: Client, znodes: readonly { readonly path: string; readonly data: Buffer }[]): Promise<void> {
  for (let at = 0; at < znodes.length; at += 1_000) {
    const chunks = Array.from({ length: 10 }, (_, chunk) => znodes.slice(at + chunk * 100, at + chunk * 100 + 100));
    const filled = chunks.filter(({ length }) => length > 0);
    await Promise.all(filled.map((chunk) => client.transaction(chunk.map((znode) => ({ op: 'create', ...znode }) as const))));
  }
}
