import {
  BadVersionError,
  type CallOptions,
  type Client,
  ClosedError,
  isEphemeral,
  NoNodeError,
  never,
  type Stat,
} from '../../src/index.ts';
import { inAnySession } from '../common/in-any-session.ts';
import { type Claim, whoseIs } from './ownership.ts';

/** The znode's stat as the leader has it: the server that we are on may lag behind whoever answered us before. One flight. */
export async function look(client: Client, path: string, limits: CallOptions): Promise<Stat | null> {
  const [, stat] = await Promise.all([client.sync(path, limits), client.exists(path, limits)]);
  return stat;
}

/**
 * Takes our znode away, and nobody else's, even if our path is another's by now. Goes on until it is gone: an ephemeral one goes with its session at the
 * latest, others are waited for until the client is closed. Never rejects; what it cannot do, it reports.
 */
export async function removeOurs(client: Client, claim: Claim): Promise<void> {
  try {
    await inAnySession(client, never, async (session) => {
      if (isEphemeral(claim.mode) && session.id !== claim.sessionId) return 'gone';
      const stat = await look(client, claim.path, { session });
      const isOurs = stat !== null && whoseIs(stat, claim.mode, claim) === 'ours' && stat.czxid === (claim.czxid ?? stat.czxid);
      if (!isOurs) return 'gone';
      return await deleted(client.delete(claim.path, { session, version: stat.version }));
    });
  } catch (error) {
    // Closing the client ends an ephemeral one too, and is to leave others as they are.
    if (!(error instanceof ClosedError) && error instanceof Error) client.reportError(error);
  }
}

/** @returns undefined if it was changed meanwhile: look again */
async function deleted(deletion: Promise<void>): Promise<'gone' | undefined> {
  try {
    await deletion;
  } catch (error) {
    if (error instanceof BadVersionError) return undefined;
    if (!(error instanceof NoNodeError)) throw error;
  }
  return 'gone';
}
