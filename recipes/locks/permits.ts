import { combineLatest, filter, map, merge, Observable } from 'rxjs';
import { type Client, first, joinPath, NoNodeError, nameOf, type Session } from '../../src/index.ts';
import { orClosed } from '../common/closing.ts';
import { handled } from '../common/handled.ts';
import { childrenOf } from '../common/unless-gone.ts';
import { whileItHeals } from '../common/while-it-heals.ts';
import type { Place } from '../leases/basis.ts';
import { contenderOf, mutexPatterns } from '../line/line.ts';
import { withdraw } from '../line/place.ts';
import { inspectQueue } from '../line/queue-inspection.ts';
import { type Admission, admissionOf, leasePatterns } from './admission.ts';
import type { LeaseLimit } from './lease-limit.ts';

/** How many leases to take of which semaphore. */
export interface Wanted {
  /** Where its leases are. */
  readonly directory: string;
  readonly permits: number;
  readonly limit: LeaseLimit;
  readonly data: Uint8Array;
}

/** At least one; the one made last comes first, since its token stands for all. */
export type Places = readonly [Place, ...Place[]];

export interface Limits {
  readonly session: Session;
  readonly signal: AbortSignal;
}

/** Leases that were granted, and how many more seemed to be free then. */
export interface Taken {
  readonly places: Places;
  readonly left: number;
}

/** Leases that were made, whether they are granted or not, and the first listing that shows them. */
interface Made {
  readonly places: Places;
  readonly listed: readonly string[];
}

/**
 * The leases, if they are free and nobody is in line, all in one flight. Else undefined: they have been given back, in the background.
 *
 * @param line where others stand in line
 */
export async function takeFree(client: Client, wanted: Wanted, line: string, limits: Limits): Promise<Places | undefined> {
  const making = makeLeases(client, wanted, limits);
  const asking = handled(Promise.all([wanted.limit.now(limits), childrenOf(client, line, limits)]));
  const made = await making;
  return await unlessGranted(client, made, limits, async () => {
    const [limit, inLine] = await asking;
    return inLine.some((name) => contenderOf(name, mutexPatterns) !== undefined) ? 'wait' : admission(made, limit);
  });
}

/**
 * The leases, as soon as they are free, asked for in the tick of the call. To be called by whoever is first in line, or right behind one that has made its
 * call: leases that wait are in the way of those that were made later, and of Curator's.
 *
 * @param onWait told if they are not free
 */
export async function takeInTurn(client: Client, wanted: Wanted, limits: Limits, onWait: () => void): Promise<Taken> {
  for (;;) {
    // Whoever is first in line is asked for nothing anew: what heals is waited out.
    const making = whileItHeals(client, limits.signal, () => makeLeases(client, wanted, limits));
    const asking = handled(whileItHeals(client, limits.signal, () => wanted.limit.now(limits)));
    const made = await making;
    let left = 0;
    const places = await unlessGranted(client, made, limits, async () => {
      const limit = await asking;
      left = Math.max(0, limit - made.listed.length);
      const present = admission(made, limit);
      if (present !== 'wait') return present;
      onWait();
      return await whenAdmitted(client, wanted, made, limits);
    });
    if (places !== undefined) return { places, left };
    // Somebody deleted one: take them anew.
  }
}

/** Gives leases back in the background, since the caller may have no time left. */
function withdrawAll(client: Client, places: readonly Place[]): void {
  for (const place of places) {
    // It never rejects, and `client.close()` waits for it.
    void withdraw(client, place);
  }
}

/** However `decide` ends, the leases are given back, unless it grants them. */
async function unlessGranted(
  client: Client,
  { places }: Made,
  { session, signal }: Limits,
  decide: () => Promise<Admission>,
): Promise<Places | undefined> {
  let granted = false;
  try {
    const decision = await decide();
    signal.throwIfAborted();
    // The answer may have come so late that the session's time has passed meanwhile.
    if (!session.isValid()) session.signal.throwIfAborted();
    granted = decision === 'granted';
  } finally {
    if (!granted) withdrawAll(client, places);
  }
  return granted ? places : undefined;
}

/** One round trip: a session's requests are served in order, so a listing sent right behind shows what was made. */
async function makeLeases(client: Client, { directory, permits, data }: Wanted, limits: Limits): Promise<Made> {
  for (;;) {
    const making = Array.from({ length: permits }, () =>
      client.create(joinPath(directory, 'lease-'), data, { ...limits, mode: 'ephemeral-sequential', protect: true }),
    );
    const listing = client.children(directory, limits).catch(() => []);
    const results = await Promise.allSettled(making);
    const [last, ...others] = results
      .flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
      .map(({ path, stat }) => ({ path, czxid: stat.czxid, session: limits.session }))
      .toSorted((a, b) => (a.czxid < b.czxid ? 1 : -1));
    const failed = results.find((result) => result.status === 'rejected');
    if (last !== undefined && failed === undefined) {
      const places = [last, ...others] as const;
      return { places, listed: await listingWith(client, places, directory, await listing, limits) };
    }
    withdrawAll(client, last === undefined ? others : [last, ...others]);
    if (!(failed?.reason instanceof NoNodeError)) throw failed?.reason;
    await client.ensurePath(directory, limits);
  }
}

/** The listing sent along, unless a fault made it come before some lease: then a new one. */
async function listingWith(
  client: Client,
  places: Places,
  directory: string,
  listed: readonly string[],
  limits: Limits,
): Promise<readonly string[]> {
  try {
    const shown = new Set(listed);
    const isComplete = places.every(({ path }) => shown.has(nameOf(path)));
    // The whole directory may have gone, and the leases with it.
    const listing = isComplete ? listed : await whileItHeals(client, limits.signal, () => childrenOf(client, directory, limits));
    inspectQueue(client, { directory, name: 'lease-', patterns: leasePatterns }, listing, nameOf(places[0].path));
    return listing;
  } catch (error) {
    withdrawAll(client, places);
    throw error;
  }
}

function admission({ places, listed }: Made, limit: number): Admission {
  return admissionOf(
    listed,
    places.map(({ path }) => nameOf(path)),
    limit,
  );
}

async function whenAdmitted(
  client: Client,
  { directory, limit }: Wanted,
  { places }: Made,
  { session, signal }: Limits,
): Promise<Admission> {
  const decided$ = combineLatest([client.children$(directory), limit.changes$]).pipe(
    orClosed(`acquire ${directory}`),
    map(([listed, present]) => admission({ places, listed: listed ?? [] }, present)),
    filter((decision) => decision !== 'wait'),
  );
  const lost$ = new Observable<never>((subscriber) => session.whenOver((reason) => subscriber.error(reason)));
  return await first(merge(decided$, lost$), signal);
}
