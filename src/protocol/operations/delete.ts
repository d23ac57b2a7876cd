import { emptyRecord, int, record, ustring } from '../record.ts';
import { operation } from './operation.ts';

export const deleteNode = operation(2, record('DeleteRequest', { path: ustring, version: int }), emptyRecord());
