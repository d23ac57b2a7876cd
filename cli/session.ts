import { Client, type ConnectionState, type Session, type SessionEnd, SessionLostError } from '../src/index.ts';
import type { Context } from './context.ts';
import { hostsFrom } from './global-options.ts';
import { Interruption } from './interruption.ts';
import type { Messages } from './messages.ts';

/**
 * Connects as the global options say, works, and closes the session however that ends: its ephemeral znodes go at once.
 *
 * @param work is given a signal that aborts, with an `InterruptedError`, when somebody asks this process to end
 * @throws {ConnectTimeoutError} no server within `--connect-timeout`
 */
export async function withClient<T>(context: Context, work: (client: Client, signal: AbortSignal) => Promise<T>): Promise<T> {
  const { terminal, options, messages } = context;
  using interruption = new Interruption(terminal.signals$);
  await using client = new Client({
    hosts: hostsFrom(options.hosts, terminal.env),
    sessionTimeoutMs: options.sessionTimeoutMs,
    connectTimeoutMs: options.connectTimeoutMs,
    auth: options.auth,
    logger: messages.logger,
    clock: terminal.clock,
  });
  const session = await client.connected({ signal: interruption.signal });
  const states = client.state$.subscribe(noteContact(client, session, messages));
  try {
    return await work(client, interruption.signal);
  } finally {
    states.unsubscribe();
  }
}

/** Tells the person at the terminal why nothing happens for a while. */
function noteContact(client: Client, first: Session, messages: Messages): (state: ConnectionState) => void {
  let session = first;
  let isLost = false;
  return (state) => {
    if (state === 'suspended') messages.note('lost contact with the server, looking for another');
    // Of refused credentials the command's own failure tells.
    if (state === 'lost' && endOf(session) !== 'auth-failed') messages.note('the session is lost, beginning a new one');
    if (state === 'connected' && isLost) messages.note('in contact again');
    isLost = state !== 'connected';
    session = client.session ?? session;
  };
}

function endOf({ signal }: Session): SessionEnd | undefined {
  return signal.reason instanceof SessionLostError ? signal.reason.reason : undefined;
}
