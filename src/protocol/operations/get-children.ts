import { bool, record, ustring, vector } from '../record.ts';
import { statRecord } from '../stat.ts';
import { operation } from './operation.ts';

export const getChildren = operation(
  8,
  record('GetChildrenRequest', { path: ustring, watch: bool }),
  record('GetChildrenResponse', { children: vector(ustring) }),
);

/** With the parent's stat. */
export const getChildren2 = operation(
  12,
  record('GetChildren2Request', { path: ustring, watch: bool }),
  record('GetChildren2Response', { children: vector(ustring), stat: statRecord }),
);
