import { aclList } from '../acl.ts';
import { bytes, int, long, record, ustring } from '../record.ts';
import { statRecord } from '../stat.ts';
import { operation } from './operation.ts';

const createRequest = record('CreateRequest', { path: ustring, data: bytes, acl: aclList, flags: int });
const createTtlRequest = record('CreateTTLRequest', { path: ustring, data: bytes, acl: aclList, flags: int, ttl: long });
const createResponse = record('CreateResponse', { path: ustring });
const create2Response = record('Create2Response', { path: ustring, stat: statRecord });

/** The first form: answers with the path alone. */
export const create = operation(1, createRequest, createResponse);

/** Answers with the new znode's stat too. */
export const create2 = operation(15, createRequest, create2Response);

export const createContainer = operation(19, createRequest, create2Response);

export const createTtl = operation(21, createTtlRequest, create2Response);
