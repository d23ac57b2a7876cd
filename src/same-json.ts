/**
 * Are two values the same to whoever reads them as JSON has them: strings, finite numbers, booleans, null, lists, and objects without a class, of the same
 * parts? A field that holds `undefined` counts as absent, as it does in JSON, and -0 as 0. An object of a class is the same as itself and as a `Date` of
 * the same time only.
 *
 * @returns undefined if they are, else where in them they first differ
 */
export function firstDifference(one: unknown, other: unknown): readonly PropertyKey[] | undefined {
  if (one === other || (Number.isNaN(one) && Number.isNaN(other))) return undefined;
  if (Array.isArray(one) && Array.isArray(other)) return differenceOfLists(one, other);
  if (isPlain(one) && isPlain(other)) return differenceOfFields(one, other);
  return one instanceof Date && other instanceof Date && one.getTime() === other.getTime() ? undefined : [];
}

function differenceOfLists(one: readonly unknown[], other: readonly unknown[]): readonly PropertyKey[] | undefined {
  // By number: what walks a list by its elements passes over its holes.
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const difference = firstDifference(one[index], other[index]);
    if (difference !== undefined) return [index, ...difference];
  }
  return one.length === other.length ? undefined : [Math.min(one.length, other.length)];
}

type Fields = Readonly<Record<string, unknown>>;

function differenceOfFields(one: Fields, other: Fields): readonly PropertyKey[] | undefined {
  for (const key of Object.keys(one)) {
    const difference = firstDifference(one[key], ownField(other, key));
    if (difference !== undefined) return [key, ...difference];
  }
  const more = Object.keys(other).find((key) => other[key] !== undefined && !Object.hasOwn(one, key));
  return more === undefined ? undefined : [more];
}

function ownField(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** Of no class, in this realm or another. */
function isPlain(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
