import { type Client, joinPath, NoNodeError, nameOf, type Session } from '../../src/index.ts';
import { childrenOf } from '../common/unless-gone.ts';
import { whileItHeals } from '../common/while-it-heals.ts';
import type { Place } from '../leases/basis.ts';
import { contenderOf, isExhausted, type Line, type Turn, turnByArrival, turnOf } from './line.ts';
import type { LocalContenders } from './local-contenders.ts';
import { inspectQueue } from './queue-inspection.ts';

/** How to come to the front. */
export interface Approach {
  readonly session: Session;
  readonly signal: AbortSignal;
  /** Told how many are ahead, each time that is found out. */
  readonly onPosition: (ahead: number) => void;
  /** False: leave at once if others are ahead. */
  readonly waits: boolean;
  /** Others of this process in the line, who tell us when they go. Who has come to the front has to tell them in its turn. */
  readonly contenders?: LocalContenders;
}

interface Limits {
  readonly session: Session;
  readonly signal: AbortSignal;
}

/** A place in line, and the first listing that shows it. */
interface Joined {
  readonly place: Place;
  readonly children: readonly string[];
}

/**
 * Gets in line and waits until the place is first, then resolves with it. Once in line it stays there: refusals that heal are waited out, and a place that
 * somebody has deleted, alone or with the whole directory, is taken anew at the end of the line.
 *
 * However it fails, the place is given up: its znode is deleted in the background, which `client.close()` awaits.
 *
 * @returns undefined if others are ahead and it was not to wait
 * @throws {TooManyRequestsError} the very first request: whoever asks for more than the client can do is told so
 */
export async function reachFront(client: Client, line: Line, data: Uint8Array, approach: Approach): Promise<Place | undefined> {
  const { session, signal, contenders } = approach;
  const limits = { session, signal };
  let joining = join(client, line, data, limits);
  for (;;) {
    const { place, children } = await joining;
    let outcome: 'first' | 'not-first' | 'gone' | undefined;
    contenders?.arrived(nameOf(place.path));
    try {
      outcome = await advance(client, line, place, children, approach);
    } finally {
      if (outcome !== 'first') {
        // It never rejects, and `client.close()` waits for it.
        void withdraw(client, place);
        contenders?.left(nameOf(place.path), false);
      }
    }
    if (outcome === 'first') return place;
    if (outcome === 'not-first') return undefined;
    // Somebody deleted our znode: line up again, as one who has been in line.
    joining = whileItHeals(client, signal, () => join(client, line, data, limits));
  }
}

/**
 * Gives a place up, in the background, since the caller may have no time left. Never rejects, and `client.close()` waits for it.
 *
 * @returns what keeps the znode there
 */
export async function withdraw(client: Client, { path, session }: Place): Promise<Error | undefined> {
  return await client.deleteForSure(path, { session });
}

/**
 * One round trip: a session's requests are served in order, so a listing sent right behind the create shows it.
 * If the directory is missing, it is made and both are sent again.
 */
async function join(client: Client, line: Line, data: Uint8Array, limits: Limits): Promise<Joined> {
  const path = joinPath(line.directory, line.name);
  for (;;) {
    const creating = client.create(path, data, { ...limits, mode: 'ephemeral-sequential', protect: true });
    const listing = client.children(line.directory, limits).catch(() => undefined);
    try {
      const { path: made, stat } = await creating;
      const place = { path: made, czxid: stat.czxid, session: limits.session };
      return { place, children: await listingWith(place, listing, client, line, limits) };
    } catch (error) {
      if (!(error instanceof NoNodeError)) throw error;
      await whileItHeals(client, limits.signal, () => client.ensurePath(line.directory, limits));
    }
  }
}

/** The listing sent along, unless a fault made it come before the create, or it was refused: then a new one. */
async function listingWith(
  place: Place,
  listing: Promise<readonly string[] | undefined>,
  client: Client,
  line: Line,
  limits: Limits,
): Promise<readonly string[]> {
  try {
    const children = await listing;
    if (children?.includes(nameOf(place.path)) === true) return children;
    return await whileItHeals(client, limits.signal, () => client.children(line.directory, limits));
  } catch (error) {
    // It never rejects, and `client.close()` waits for it.
    void withdraw(client, place);
    throw error;
  }
}

async function advance(
  client: Client,
  line: Line,
  place: Place,
  listed: readonly string[],
  { signal, onPosition, waits, contenders }: Approach,
): Promise<'first' | 'not-first' | 'gone'> {
  const limits = { session: place.session, signal };
  const own = nameOf(place.path);
  inspectQueue(client, line, listed, own);
  let children = listed;
  for (;;) {
    const turn = isExhausted(children, line.patterns)
      ? await turnByZxids(client, line, children, own, limits)
      : turnOf(children, own, line.patterns);
    if (turn.kind === 'gone') return 'gone';
    signal.throwIfAborted();
    if (turn.kind === 'ours') return certainlyFirst(place);
    if (!waits) return 'not-first';
    onPosition(turn.position);
    const behind = joinPath(line.directory, turn.behind);
    const wasFirst = await contenders?.whenLeft(turn.behind, signal);
    // Nobody can have come between.
    if (wasFirst === true) return certainlyFirst(place);
    if (wasFirst === undefined) await whileItHeals(client, signal, () => client.whenChanged(behind, limits));
    // The whole directory may have gone, and our znode with it.
    children = await whileItHeals(client, signal, () => childrenOf(client, line.directory, limits));
  }
}

/** The answer may have come so late that the session's time has passed meanwhile. */
function certainlyFirst({ session }: Place): 'first' {
  if (!session.isValid()) session.signal.throwIfAborted();
  return 'first';
}

/** All in one flight. */
async function turnByZxids(client: Client, line: Line, children: readonly string[], own: string, limits: Limits): Promise<Turn> {
  const names = children.filter((name) => contenderOf(name, line.patterns) !== undefined);
  const exists = (name: string) => whileItHeals(client, limits.signal, () => client.exists(joinPath(line.directory, name), limits));
  const stats = await Promise.all(names.map(exists));
  const arrivals = names.flatMap((name, index) => {
    const stat = stats[index];
    return stat === null || stat === undefined ? [] : [[name, stat.czxid] as const];
  });
  return turnByArrival(new Map(arrivals), own, line.patterns);
}
