import type { MultiReadResult } from '../../driver/driver.ts';
import { OutcomeUnknownError } from '../../errors/operation.ts';
import { RefusedError, refusedBy } from '../../errors/refusal.ts';
import type { Call } from '../calls/call.ts';
import { inChunks } from './in-chunks.ts';
import type { ReadOperation, ReadResult } from './znode-options.ts';

const noBytes = Buffer.alloc(0);

/**
 * All in one request, or one each where that cannot be: the driver or the server does not know such a request. Whose reply is lost is asked for in two
 * halves, since a reply that is too large ends the connection.
 */
export async function readMany(call: Call, reads: readonly ReadOperation[], isInOne: boolean): Promise<readonly ReadResult[]> {
  if (!isInOne || reads.length < 2) return await inChunks(call, reads, (read) => readOne(call, read));
  try {
    return await readTogether(call, reads);
  } catch (error) {
    if (error instanceof RefusedError && error.code === 'UNIMPLEMENTED') return await readMany(call, reads, false);
    if (!(error instanceof OutcomeUnknownError) || call.isOver) throw error;
    const half = Math.ceil(reads.length / 2);
    return (await Promise.all([readMany(call, reads.slice(0, half), true), readMany(call, reads.slice(half), true)])).flat();
  }
}

async function readTogether(call: Call, reads: readonly ReadOperation[]): Promise<readonly ReadResult[]> {
  const request = { reads: reads.map(({ op, path }) => ({ op: portNames[op], path })) };
  const { results } = await call.perform('multiRead', request, 'not-sent');
  return results.map((result, index) => resultOf(result, reads[index]?.path ?? ''));
}

const portNames = { get: 'getData', children: 'getChildren' } as const;

function resultOf(result: MultiReadResult, path: string): ReadResult {
  switch (result.op) {
    case 'getData':
      return { op: 'get', data: result.data ?? noBytes, stat: result.stat };
    case 'getChildren':
      return { op: 'children', children: result.children };
    case 'refused':
      return { op: 'refused', error: refusedBy(result.code, 'readMany', path) };
  }
}

async function readOne(call: Call, { op, path }: ReadOperation): Promise<ReadResult> {
  try {
    if (op === 'children') return { op, ...(await call.perform('getChildren', { path, watch: false }, 'unknown')) };
    const { data, stat } = await call.perform('getData', { path, watch: false }, 'unknown');
    return { op, data: data ?? noBytes, stat };
  } catch (error) {
    if (error instanceof RefusedError) return { op: 'refused', error };
    throw error;
  }
}
