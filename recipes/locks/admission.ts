import { compareSequences, contenderOf, isExhausted, type NamePattern } from '../line/line.ts';

/** A lease of a semaphore, Curator's and ours: `_c_<uuid>-lease-<sequence>`, or without the prefix. */
export const leasePatterns: readonly NamePattern[] = [/(?:^|-)lease-(\d{10}|-\d{9,10})$/];

/** Whether leases are granted, have to wait for others to be given back, or are gone from the listing. */
export type Admission = 'granted' | 'wait' | 'gone';

/**
 * May the leases `own` be held? Yes, if they are among the first `limit` in the order in which they were made. Pure.
 *
 * Of all that are held at one moment, look at the one made last: the listing that granted it showed all the others, for they were there before it and
 * still are. So they are `limit` at most, whether the others have been granted by this rule or by Curator's, that the whole list is not longer than the
 * limit; and nobody has to be excluded while leases are made and listed.
 *
 * @param listed children of the directory of leases, listed after all of `own` were made
 */
export function admissionOf(listed: readonly string[], own: readonly string[], limit: number): Admission {
  const leases = listed.flatMap((name) => contenderOf(name, leasePatterns) ?? []);
  const names = new Set(own);
  const ours = leases.filter(({ name }) => names.has(name));
  const [last] = ours.toSorted((a, b) => compareSequences(b.sequence, a.sequence));
  if (last === undefined || ours.length < own.length) return 'gone';
  if (isExhausted(listed, leasePatterns)) return leases.length <= limit ? 'granted' : 'wait';
  const notLater = leases.filter(({ sequence }) => compareSequences(sequence, last.sequence) <= 0);
  return notLater.length <= limit ? 'granted' : 'wait';
}
