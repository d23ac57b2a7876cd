import type { TransactionOperation } from '../../src/index.ts';
import type { Snapshot } from './document.ts';
import { archivingOf } from './history.ts';

/** What a document is to hold. */
export interface Draft {
  readonly before: Snapshot;
  readonly data: Uint8Array;
}

/**
 * What has to be written; nothing if all of them hold that already. If others change, those that do not are checked not to have changed meanwhile, since the
 * decision rests on them too. Pure.
 */
export function writesOf(drafts: readonly Draft[]): readonly TransactionOperation[] {
  return drafts.every(isUnchanged) ? [] : drafts.flatMap(writesOfOne);
}

function writesOfOne(draft: Draft): readonly TransactionOperation[] {
  const { document, node, kept } = draft.before;
  const { path, history } = document;
  if (node === undefined) return [{ op: 'create', path, data: draft.data }];
  const { version } = node.stat;
  if (isUnchanged(draft)) return [{ op: 'check', path, version }];
  const archiving = history === undefined || kept === undefined ? [] : archivingOf(history, kept, node);
  return [{ op: 'set', path, data: draft.data, version }, ...archiving];
}

function isUnchanged({ before, data }: Draft): boolean {
  return before.node?.data.equals(data) === true;
}
