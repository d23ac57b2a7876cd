import { bytes, emptyRecord, int, record, ustring } from '../record.ts';
import { operation } from './operation.ts';

export const auth = operation(100, record('AuthPacket', { type: int, scheme: ustring, auth: bytes }), emptyRecord());

/** One step of a SASL exchange, either way. */
export const sasl = operation(102, record('GetSASLRequest', { token: bytes }), record('SetSASLResponse', { token: bytes }));
