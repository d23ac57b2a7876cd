import { record, ustring } from '../record.ts';
import { operation } from './operation.ts';

/** Answered when this server has caught up with all that the leader had committed when it was asked. */
export const sync = operation(9, record('SyncRequest', { path: ustring }), record('SyncResponse', { path: ustring }));
