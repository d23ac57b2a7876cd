import { type Client, joinPath, NoNodeError, nameOf, type Session } from '../../src/index.ts';
import type { Place } from '../leases/basis.ts';
import { contenderOf, isExhausted, type Line, type Turn, turnByArrival, turnOf } from './line.ts';
import type { Neighbours } from './neighbours.ts';
import { checkSurroundings } from './surroundings.ts';

/** How to come to the front. */
export interface Approach {
  readonly session: Session;
  readonly signal: AbortSignal;
  /** Told how many are ahead, each time that is found out. */
  readonly onPosition: (ahead: number) => void;
  /** False: leave at once if others are ahead. */
  readonly waits: boolean;
  /** Others of this process in the line, who tell us when they go. Who has come to the front has to tell them in its turn. */
  readonly neighbours?: Neighbours;
}

/** A place in line, and the first listing that shows it. */
interface Joined {
  readonly place: Place;
  readonly children: readonly string[];
}

/**
 * Gets in line and waits until the place is first, then resolves with it.
 * However it fails, the place is given up: its znode is deleted in the background, which `client.close()` awaits.
 *
 * @returns undefined if others are ahead and it was not to wait
 */
export async function reachFront(client: Client, line: Line, data: Uint8Array, approach: Approach): Promise<Place | undefined> {
  const { session, signal, neighbours } = approach;
  for (;;) {
    const { place, children } = await join(client, line, data, session, signal);
    let outcome: 'first' | 'not-first' | 'gone' | undefined;
    neighbours?.arrived(place.path);
    try {
      outcome = await advance(client, line, place, children, approach);
    } finally {
      if (outcome !== 'first') {
        withdraw(client, place);
        neighbours?.left(place.path, false);
      }
    }
    if (outcome === 'first') return place;
    if (outcome === 'not-first') return undefined;
    // Somebody deleted our znode: line up again.
  }
}

/** Gives a place up, in the background, since the caller may have no time left. */
export function withdraw(client: Client, place: Place): void {
  // It never rejects, and `client.close()` waits for it.
  void client.deleteForSure(place.path, { session: place.session });
}

/**
 * One round trip: a session's requests are served in order, so a listing sent right behind the create shows it.
 * If the directory is missing, it is made and both are sent again.
 */
async function join(client: Client, line: Line, data: Uint8Array, session: Session, signal: AbortSignal): Promise<Joined> {
  const limits = { session, signal };
  for (;;) {
    const creating = client.create(`${line.directory}/${line.name}`, data, { ...limits, mode: 'ephemeral-sequential', protect: true });
    const listing = client.children(line.directory, limits).catch(() => undefined);
    try {
      const { path, stat } = await creating;
      const place = { path, czxid: stat.czxid, session };
      return { place, children: await listingWith(place, listing, client, line, limits) };
    } catch (error) {
      if (!(error instanceof NoNodeError)) throw error;
      await client.ensurePath(line.directory, limits);
    }
  }
}

/** The listing sent along, unless a fault made it come before the create: then a new one. */
async function listingWith(
  place: Place,
  listing: Promise<readonly string[] | undefined>,
  client: Client,
  line: Line,
  limits: { session: Session; signal: AbortSignal },
): Promise<readonly string[]> {
  try {
    const children = await listing;
    if (children?.includes(nameOf(place.path)) === true) return children;
    return await client.children(line.directory, limits);
  } catch (error) {
    withdraw(client, place);
    throw error;
  }
}

async function advance(
  client: Client,
  line: Line,
  place: Place,
  listed: readonly string[],
  { signal, onPosition, waits, neighbours }: Approach,
): Promise<'first' | 'not-first' | 'gone'> {
  const limits = { session: place.session, signal };
  const own = nameOf(place.path);
  checkSurroundings(client, line, listed, own);
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
    const wasFirst = await neighbours?.whenLeft(behind, signal);
    // Nobody can have come between.
    if (wasFirst === true) return certainlyFirst(place);
    if (wasFirst === undefined) await client.whenChanged(behind, limits);
    children = await client.children(line.directory, limits);
  }
}

/** The answer may have come so late that the session's time has passed meanwhile. */
function certainlyFirst({ session }: Place): 'first' {
  if (!session.isValid()) session.signal.throwIfAborted();
  return 'first';
}

/** All in one flight. */
async function turnByZxids(
  client: Client,
  line: Line,
  children: readonly string[],
  own: string,
  limits: { session: Session; signal: AbortSignal },
): Promise<Turn> {
  const names = children.filter((name) => contenderOf(name, line.patterns) !== undefined);
  const stats = await Promise.all(names.map((name) => client.exists(joinPath(line.directory, name), limits)));
  const arrivals = names.flatMap((name, index) => {
    const stat = stats[index];
    return stat === null || stat === undefined ? [] : [[name, stat.czxid] as const];
  });
  return turnByArrival(new Map(arrivals), own, line.patterns);
}
