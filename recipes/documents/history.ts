import { type Acl, joinPath, type NodeData, type TransactionOperation } from '../../src/index.ts';

/** Where old versions of a znode are kept, and how many. */
export interface History {
  readonly path: string;
  readonly keep: number;
}

/** What there is of it, and who may do what with the znode itself: what was not for everybody's eyes is not to be when it is old. */
export interface Kept {
  readonly names: readonly string[];
  readonly acl: readonly Acl[] | undefined;
}

/** What the name of an old version's znode tells. Its data is what the znode held then, as it was. */
interface OldVersion {
  readonly name: string;
  /** Zxid of the write. Larger for each later version, also of a znode that was deleted and made anew. */
  readonly zxid: bigint;
  /** `stat.version` of then. */
  readonly version: number;
  /** When it was written, by the server's clock. */
  readonly time: Date;
}

/** A znode's present version as its name in the history: `00000001000004d2-v7-2026-11-21T14:38:25.123Z`. */
function nameOfVersion({ mzxid, version, mtime }: NodeData['stat']): string {
  return `${mzxid.toString(16).padStart(16, '0')}-v${version}-${new Date(Number(mtime)).toISOString()}`;
}

const pattern = /^([0-9a-f]{16})-v(-?\d+)-(\d{4}-\d\d-\d\dT[\d:.]+Z)$/;

/** The old versions among the names, the oldest first. Strangers are passed over. */
export function oldVersions(names: readonly string[]): readonly OldVersion[] {
  const versions = names.flatMap((name) => {
    const [, zxid, version, time] = pattern.exec(name) ?? [];
    if (zxid === undefined || time === undefined) return [];
    return { name, zxid: BigInt(`0x${zxid}`), version: Number(version), time: new Date(time) };
  });
  // As text: the zxid comes first, always with as many digits.
  return versions.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What keeps the version that is about to be replaced, and lets the oldest go. Pure. */
export function archivingOf({ path, keep }: History, { names, acl }: Kept, replaced: NodeData): readonly TransactionOperation[] {
  const name = nameOfVersion(replaced.stat);
  const others = oldVersions(names).filter((old) => old.name !== name);
  const excess = others.slice(0, Math.max(0, others.length + 1 - keep));
  return [
    ...(names.includes(name) ? [] : [{ op: 'create', path: joinPath(path, name), data: replaced.data, acl } as const]),
    ...excess.map((old) => ({ op: 'delete', path: joinPath(path, old.name) }) as const),
  ];
}
