import { type Client, ForeignChildrenError } from '../../src/index.ts';
import { isItem } from './items/item-names.ts';

const reported = new WeakMap<Client, Set<string>>();

/** Says, once a path, that strangers are among the items. They are passed over. */
export function reportForeigners(client: Client, path: string, children: readonly string[]): void {
  const foreigners = children.filter((name) => !isItem(name));
  const paths = reported.get(client) ?? new Set();
  if (foreigners.length === 0 || paths.has(path)) return;
  reported.set(client, paths.add(path));
  client.reportError(new ForeignChildrenError(path, foreigners));
}
