import type { WireOperation, WireReply, WireRequest } from '../protocol/operations.ts';
import { acls } from './execute/acls.ts';
import { inspection } from './execute/inspection.ts';
import { multis } from './execute/multi.ts';
import { reads } from './execute/reads.ts';
import type { Requester } from './execute/requester.ts';
import { watching } from './execute/watching.ts';
import { writes } from './execute/writes.ts';

/** What belongs to the connection rather than to the tree, and is answered there. */
export type ConnectionOperation = 'auth' | 'sasl';
export type TreeOperation = Exclude<WireOperation, ConnectionOperation>;

type Handlers = {
  readonly [N in TreeOperation]: (requester: Requester, request: WireRequest<N>) => WireReply<N>;
};

const handlers: Handlers = {
  ...reads,
  ...writes,
  ...acls,
  ...multis,
  ...watching,
  ...inspection,
};

/**
 * One request, to its reply.
 *
 * @throws {Refusal} with the code to answer
 * @see ZooKeeper `FinalRequestProcessor`
 */
export function execute<N extends TreeOperation>(name: N, requester: Requester, request: WireRequest<N>): WireReply<N> {
  return handlers[name](requester, request);
}
