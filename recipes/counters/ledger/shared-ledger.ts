import type { Client } from '../../../src/index.ts';
import { PerZnode, type Share, znodeKey } from '../../common/per-znode.ts';
import { counterValue } from './counter-value.ts';
import { Ledger } from './ledger.ts';
import { VersionedZnode } from './versioned-znode.ts';

// What an idle ledger knows saves its next caller a request. Counters that are made and forgotten, one for each of a million users say, must not stay for ever.
const idleLimit = 1_000;

const ledgers = new PerZnode<Ledger<bigint>>(idleLimit);

function shareOf(client: Client, path: string): Share<Ledger<bigint>> {
  return ledgers.share(znodeKey(client, path), () => new Ledger(client, new VersionedZnode(client, path, counterValue)));
}

/** Calls `use` with the one ledger of all counters of one client at one znode, so that their changes travel together. */
export async function withSharedLedger<T>(client: Client, path: string, use: (ledger: Ledger<bigint>) => Promise<T>): Promise<T> {
  using share = shareOf(client, path);
  return await use(share.value);
}

/** Somebody has written to the znode without its ledger. */
export function forgetWhatLedgerKnows(client: Client, path: string): void {
  using share = shareOf(client, path);
  share.value.forget();
}
