import { emptyRecord, int, record, ustring } from '../record.ts';
import { operation } from './operation.ts';

/** Only within a multi: the others go through only if the znode has this version. */
export const check = operation(13, record('CheckVersionRequest', { path: ustring, version: int }), emptyRecord());
