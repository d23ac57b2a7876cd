import { NoNodeError } from '../../errors/refusal.ts';
import type { Call } from '../calls/call.ts';
import type { NodeData } from './znode-options.ts';

/** The znode as the leader has it now, or null. One flight: a session's requests are served in order, and the server may lag behind the one we had. */
export async function readBack(call: Call, path: string): Promise<NodeData | null> {
  const syncing = call.perform('sync', { path }, 'unknown');
  const reading = call.perform('getData', { path, watch: false }, 'unknown');
  const [, read] = await Promise.allSettled([syncing, reading]);
  await syncing;
  if (read.status === 'fulfilled') return { data: read.value.data ?? Buffer.alloc(0), stat: read.value.stat };
  if (read.reason instanceof NoNodeError) return null;
  throw read.reason;
}
