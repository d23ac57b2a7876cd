import { type Client, ForeignChildrenError, joinPath, NoNodeError, nameOf, SequenceExhaustedError, type Session } from '../src/index.ts';
import type { Place } from './basis.ts';
import { contenderOf, foreignersIn, isExhausted, type NamePattern, nearlyExhausted, type Turn, turnByArrival, turnOf } from './line.ts';

/** A line of ephemeral sequential znodes below one path. */
export interface Line {
  readonly directory: string;
  /** What our own names end in, before the number, e.g. `lock-`. */
  readonly name: string;
  /** All names that stand in this line, ours and other libraries'. */
  readonly patterns: readonly NamePattern[];
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
 * @param onPosition told how many are ahead, each time that is found out
 * @param waits false: do not wait; resolves with undefined if others are ahead
 */
export async function reachFront(
  client: Client,
  line: Line,
  data: Uint8Array,
  { session, signal, onPosition, waits }: { session: Session; signal: AbortSignal; onPosition: (ahead: number) => void; waits: boolean },
): Promise<Place | undefined> {
  for (;;) {
    const { place, children } = await join(client, line, data, session, signal);
    let outcome: 'first' | 'not-first' | 'gone' | undefined;
    try {
      outcome = await advance(client, line, place, children, { signal, onPosition, waits });
    } finally {
      if (outcome !== 'first') withdraw(client, place);
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
  { signal, onPosition, waits }: { signal: AbortSignal; onPosition: (ahead: number) => void; waits: boolean },
): Promise<'first' | 'not-first' | 'gone'> {
  const limits = { session: place.session, signal };
  const own = nameOf(place.path);
  reportOddities(client, line, listed, own);
  let children = listed;
  for (;;) {
    const turn = isExhausted(children, line.patterns)
      ? await turnByZxids(client, line, children, own, limits)
      : turnOf(children, own, line.patterns);
    if (turn.kind === 'gone') return 'gone';
    signal.throwIfAborted();
    if (turn.kind === 'ours') {
      // The answer may have come so late that the session's time has passed meanwhile.
      if (!place.session.isValid()) place.session.signal.throwIfAborted();
      return 'first';
    }
    if (!waits) return 'not-first';
    onPosition(turn.position);
    await client.whenChanged(joinPath(line.directory, turn.behind), limits);
    children = await client.children(line.directory, limits);
  }
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
  return turnByArrival(new Map(arrivals), own);
}

const reported = new WeakMap<Client, Set<string>>();

/** Says, once a path, that strangers are in the directory or that its counter is near its end: Java peers would stumble over either. */
export function reportOddities(client: Client, line: Line, children: readonly string[], own: string): void {
  const paths = reported.get(client) ?? new Set();
  if (paths.has(line.directory)) return;
  const foreigners = foreignersIn(children, line.patterns);
  const sequence = contenderOf(own, line.patterns)?.sequence ?? 0;
  if (foreigners.length > 0) client.reportError(new ForeignChildrenError(line.directory, foreigners));
  const isNearEnd = sequence < 0 || sequence >= nearlyExhausted;
  if (isNearEnd) client.reportError(new SequenceExhaustedError(line.directory, sequence));
  if (foreigners.length === 0 && !isNearEnd) return;
  reported.set(client, paths.add(line.directory));
}
