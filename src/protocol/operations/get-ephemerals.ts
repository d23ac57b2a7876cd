import { record, ustring, vector } from '../record.ts';
import { operation } from './operation.ts';

/** The session's own ephemeral znodes whose path starts with the prefix. */
export const getEphemerals = operation(
  103,
  record('GetEphemeralsRequest', { prefixPath: ustring }),
  record('GetEphemeralsResponse', { ephemerals: vector(ustring) }),
);
