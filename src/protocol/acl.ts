import type { Acl } from '../znode.ts';
import { type Codec, int, record, ustring, vector } from './record.ts';

/** ZooKeeper's `ACL` holds an `Id` record of scheme and id; on the wire that is the same as the two in a row. */
const aclRecord: Codec<Acl> = record('ACL', { perms: int, scheme: ustring, id: ustring });

export const aclList: Codec<readonly Acl[]> = vector(aclRecord);
