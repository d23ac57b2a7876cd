import { aclList } from '../acl.ts';
import { int, record, ustring } from '../record.ts';
import { statRecord } from '../stat.ts';
import { operation } from './operation.ts';

export const getAcl = operation(
  6,
  record('GetACLRequest', { path: ustring }),
  record('GetACLResponse', { acl: aclList, stat: statRecord }),
);

export const setAcl = operation(
  7,
  record('SetACLRequest', { path: ustring, acl: aclList, version: int }),
  record('SetACLResponse', { stat: statRecord }),
);
