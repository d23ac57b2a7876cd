import { emptyRecord, record, ustring, vector } from '../record.ts';
import { operation } from './operation.ts';

const clientInfo = record('ClientInfo', { authScheme: ustring, user: ustring });

/** Whom the session has authenticated as. */
export const whoAmI = operation(107, emptyRecord(), record('WhoAmIResponse', { clientInfo: vector(clientInfo) }));
