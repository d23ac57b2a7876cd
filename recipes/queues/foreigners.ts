import { type Client, ForeignChildrenError } from '../../src/index.ts';
import { PerZnode, znodeKey } from '../common/per-znode.ts';
import { isItem } from './items/item-names.ts';

const reports = new PerZnode<{ isMade: boolean }>(1_000);

/** Says, once a path, that there are unrecognised children among the items. They are passed over. */
export function reportForeigners(client: Client, path: string, children: readonly string[]): void {
  const foreigners = children.filter((name) => !isItem(name));
  if (foreigners.length === 0) return;
  using report = reports.share(znodeKey(client, path), () => ({ isMade: false }));
  if (report.value.isMade) return;
  report.value.isMade = true;
  client.reportError(new ForeignChildrenError(path, foreigners));
}
