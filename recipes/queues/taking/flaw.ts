import type { FoundItem } from '../intake/found-item.ts';

/** Why nobody is to be given this item; undefined if it is sound. Pure. */
export function flawOf({ content, version }: Pick<FoundItem<unknown>, 'content' | 'version'>, maxDeliveries: number): unknown {
  if (content.kind === 'malformed') return content.error;
  return version >= maxDeliveries ? `it was given out ${version} times, and nobody said what became of it` : undefined;
}
