import type { Client } from '../../../src/index.ts';
import { counterValue } from './counter-value.ts';
import { Ledger } from './ledger.ts';
import { VersionedZnode } from './versioned-znode.ts';

const ofClients = new WeakMap<Client, Map<string, Ledger<bigint>>>();

// Counters that are made and forgotten, one for each of a million users say, must not stay for ever. Whoever has one that is pushed out goes on with it,
// beside its successor as beside another process.
const limit = 1_000;

/** The one of all counters of one client at one path, so that their changes travel together. */
export function sharedLedger(client: Client, path: string): Ledger<bigint> {
  const ledgers = ofClients.get(client) ?? new Map<string, Ledger<bigint>>();
  ofClients.set(client, ledgers);
  const ledger = ledgers.get(path) ?? new Ledger(client, new VersionedZnode(client, path, counterValue));
  // The last used comes last.
  ledgers.delete(path);
  ledgers.set(path, ledger);
  const [eldest] = ledgers.keys();
  if (ledgers.size > limit && eldest !== undefined) ledgers.delete(eldest);
  return ledger;
}
