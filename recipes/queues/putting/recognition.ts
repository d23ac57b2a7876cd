import { type Client, joinPath, type Stat } from '../../../src/index.ts';
import { unlessGone } from '../../common/unless-gone.ts';
import { markOf } from '../items/item-bytes.ts';
import { isItem, sequenceOf } from '../items/item-names.ts';

/** A put whose reply was lost. */
interface Lost {
  readonly mark: Buffer;
  /** A zxid that was known before it was sent: its item is younger. */
  readonly since: bigint;
}

/** What became of it: the name of its item; or it was not put; or nobody can tell, since somebody may have taken the item already. */
export type Found = { readonly kind: 'put'; readonly name: string } | { readonly kind: 'not put' } | { readonly kind: 'unknown' };

interface Search {
  readonly wanted: Lost[];
  readonly done: Promise<ReadonlyMap<Buffer, Found>>;
}

/** Read together: enough to fill the way to the server, few beside what there may be. */
const atOnce = 200;

/** Finds the items of puts whose replies were lost: by their marks, the youngest first. One search is for all who ask before it has begun. */
export class Recognition {
  readonly #client: Client;
  readonly #path: string;
  #next: Search | undefined;
  #present: Promise<unknown> = Promise.resolve();

  constructor(client: Client, path: string) {
    this.#client = client;
    this.#path = path;
  }

  async find(lost: Lost): Promise<Found> {
    this.#next ??= this.#plan();
    const { wanted, done } = this.#next;
    wanted.push(lost);
    return (await done).get(lost.mark) ?? { kind: 'unknown' };
  }

  #plan(): Search {
    const wanted: Lost[] = [];
    const search = async () => {
      await this.#present;
      this.#next = undefined;
      return await this.#search(wanted);
    };
    const done = search();
    this.#present = done.catch(() => {});
    return { wanted, done };
  }

  async #search(wanted: readonly Lost[]): Promise<ReadonlyMap<Buffer, Found>> {
    const syncing = this.#client.sync(this.#path);
    const list = await unlessGone(this.#client.list(this.#path));
    await syncing;
    const found = new Map<Buffer, Found>();
    const oldest = wanted.map(({ since }) => since).toSorted((a, b) => Number(a - b))[0] ?? 0n;
    const byMark = new Map(wanted.map(({ mark }) => [mark.toString('hex'), mark]));
    const names = (list?.children ?? []).filter(isItem).sort((a, b) => sequenceOf(b) - sequenceOf(a));
    for (let at = 0; at < names.length && found.size < wanted.length; at += atOnce) {
      const items = await this.#read(names.slice(at, at + atOnce));
      for (const { name, data } of items) {
        const mark = byMark.get(markOf(data));
        if (mark !== undefined) found.set(mark, { kind: 'put', name });
      }
      if (items.some(({ stat }) => stat.czxid <= oldest)) break;
    }
    for (const { mark, since } of wanted) {
      if (!found.has(mark)) found.set(mark, { kind: list === undefined || list.stat.pzxid <= since ? 'not put' : 'unknown' });
    }
    return found;
  }

  async #read(names: readonly string[]): Promise<readonly { readonly name: string; readonly data: Buffer; readonly stat: Stat }[]> {
    const reads = names.map(async (name) => {
      const node = await unlessGone(this.#client.get(joinPath(this.#path, name)));
      return node === undefined ? [] : [{ name, ...node }];
    });
    return (await Promise.all(reads)).flat();
  }
}
