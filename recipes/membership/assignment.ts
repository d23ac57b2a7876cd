/**
 * Who gets which item. Must come to the same result for all who share: from the same items and members, in whatever order, nothing else.
 *
 * @returns the member of each item; one that is left out is nobody's
 */
export type Assign = (items: readonly string[], members: readonly string[]) => ReadonlyMap<string, string>;

/**
 * Each item goes to the member that draws the highest number for it. When a member goes, only its items move; when one comes, only those that it gets. The
 * shares are about even where there are many items for each member, and need not be where there are few.
 *
 * Source: Thaler and Ravishankar, "Using name-based mappings to increase hit rates" (1998): rendezvous hashing.
 */
export const byRendezvous: Assign = (items, members) => {
  const shares = items.map((item) => [item, highest(members, (member) => hash(`${item}\0${member}`))] as const);
  return new Map(shares.filter((share): share is readonly [string, string] => share[1] !== undefined));
};

/** Deals the items out one by one: nobody gets more than one more than another. Whenever a member comes or goes, most items move. */
export const evenly: Assign = (items, members) => {
  const line = members.toSorted();
  const dealt = items.toSorted().map((item, index) => [item, line[index % line.length]] as const);
  return new Map(dealt.filter((share): share is readonly [string, string] => share[1] !== undefined));
};

function highest(members: readonly string[], numberOf: (member: string) => number): string | undefined {
  let best: { readonly member: string; readonly number: number } | undefined;
  for (const member of members) {
    const number = numberOf(member);
    const isHigher = best === undefined || number > best.number || (number === best.number && member > best.member);
    if (isHigher) best = { member, number };
  }
  return best?.member;
}

/** FNV-1a, and the last step of MurmurHash3, without which names that differ in their last letter only draw alike. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (const byte of Buffer.from(text)) bits = Math.imul(bits ^ byte, 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
