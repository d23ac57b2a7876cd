import type { RegisterOperation } from './protocol.ts';

/**
 * What is wrong with a history of reads and conditional writes of one versioned register; empty if it is linearizable.
 *
 * The versions say in which order the operations took effect: a write makes its version, a read comes after the write of what it has read and before the
 * next. So a history is linearizable exactly if each version has one value, written by somebody, and no operation that had ended before another began
 * comes after it in that order.
 */
export function anomaliesOf(history: readonly RegisterOperation[]): readonly string[] {
  return [...valueAnomalies(history), ...timeAnomalies(history)];
}

function valueAnomalies(history: readonly RegisterOperation[]): readonly string[] {
  const found: string[] = [];
  const values = new Map<number, string>();
  const refused = new Set(history.filter(({ outcome }) => outcome === 'refused').map(({ value }) => value));
  const attempts = new Map(history.filter(({ kind }) => kind === 'write').map((write) => [write.value, write]));
  for (const { version, value, kind, endNs } of history.filter(({ outcome }) => outcome === 'ok')) {
    const known = values.get(version) ?? value;
    values.set(version, known);
    if (known !== value) found.push(`version ${version} has two values, ${known} and ${value}`);
    if (refused.has(value)) found.push(`${value}, whose write was refused, was read as version ${version}`);
    const write = attempts.get(value);
    // What was there before the first write.
    if (version === 0 || kind === 'write') continue;
    if (write === undefined) found.push(`version ${version} was read as ${value}, which nobody wrote`);
    else if (write.version !== version) found.push(`${value} was written as version ${write.version} and read as ${version}`);
    else if (write.startNs > endNs) found.push(`version ${version} was read before it was written`);
  }
  return found;
}

function timeAnomalies(history: readonly RegisterOperation[]): readonly string[] {
  const done = history.filter(({ outcome }) => outcome === 'ok');
  const byStart = [...done].sort((a, b) => Number(a.startNs - b.startNs));
  const byEnd = [...done].sort((a, b) => Number(a.endNs - b.endNs));
  const found: string[] = [];
  let ended = 0;
  let latest = -1;
  for (const operation of byStart) {
    for (let next = byEnd[ended]; next !== undefined && next.endNs < operation.startNs; next = byEnd[ended]) {
      latest = Math.max(latest, next.version);
      ended += 1;
    }
    const least = operation.kind === 'write' ? latest + 1 : latest;
    if (operation.version < least)
      found.push(`a ${operation.kind} of version ${operation.version} began after one of version ${latest} had ended`);
  }
  return found;
}
