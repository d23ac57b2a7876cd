import { type Client, InvalidArgumentError } from '../index.ts';

/**
 * Expires a client's present session, and waits until the client knows: what hangs on the session, leases and the like, is lost when this resolves.
 * A session that is given by its id is expired only.
 */
export async function expireSession(of: Client | bigint, expire: (id: bigint) => Promise<void>): Promise<void> {
  if (typeof of === 'bigint') return await expire(of);
  const { session, state } = of;
  if (session === undefined) throw new InvalidArgumentError('expireSession.client', state, 'must have a session: await client.connected()');
  await expire(session.id);
  await new Promise<void>((resolve) => {
    session.whenOver(() => resolve());
  });
}
