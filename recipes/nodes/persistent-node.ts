import { z } from 'zod';
import { type Client, type CreateMode, isSequential, parseOptions } from '../../src/index.ts';
import { KeptNode } from './kept-node.ts';

export interface PersistentNodeOptions {
  /** Default: `ephemeral`. For those with a TTL there is `PersistentTtlNode`. */
  readonly mode?: Exclude<CreateMode, 'persistent-with-ttl' | 'persistent-sequential-with-ttl'>;
  /** Put `_c_<uuid>-` before the name, so that it can be nobody else's. Default: true for sequential modes, else false. */
  readonly protect?: boolean | undefined;
  /** Make missing parents, as containers where the server has them. If not, it is made when they are there. Default: true. */
  readonly parents?: boolean;
}

const modes = ['ephemeral', 'ephemeral-sequential', 'persistent', 'persistent-sequential', 'container'] as const;

const nodeOptions = z.strictObject({
  mode: z.enum(modes, `must be one of ${modes.join(', ')}`).default('ephemeral'),
  protect: z.boolean('must be true or false').optional(),
  parents: z.boolean('must be true or false').default(true),
});

/**
 * A znode that is kept in being: made, and made again whenever it is gone, in whatever session there is, until this is closed. It holds what `setData`
 * said last.
 *
 * While the session is suspended it stays. When the session is lost, an ephemeral one goes with it, and is made again in the next. Deleted by somebody, it is made
 * again. Somebody's change of its data is left alone until the next `setData`, or until it is made again.
 *
 * An ephemeral znode of another session at its path is never taken for it: it waits until that is gone (`taken`), and tells `client.errors$` with
 * `PathTakenError` unless it is of our own earlier session. In the other modes a znode that is there already is taken over and gets our data: nothing tells who
 * made it, and a process that is started again has to find its own.
 *
 * @example
 * await using node = new PersistentNode(client, '/workers/w-17', JSON.stringify({ host }));
 * await node.created({ timeoutMs: 10_000 });
 *
 * @see Curator `PersistentNode`: same znodes
 */
export class PersistentNode extends KeptNode {
  /**
   * Does no I/O.
   *
   * @param data default: empty
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, data: string | Uint8Array = '', options: PersistentNodeOptions = {}) {
    const { mode, parents, protect = isSequential(mode) } = parseOptions(nodeOptions, options, 'PersistentNode.options');
    super(client, 'PersistentNode', { path, mode, protect, parents }, data);
  }
}
