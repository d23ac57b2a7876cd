import { InvalidArgumentError } from './errors/docent-error.ts';

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Milliseconds of a duration such as `250ms`, `5s`, `2m`, `1h`, `1.5s`, to the microsecond.
 *
 * @throws {InvalidArgumentError} naming `field`
 */
export function parseDuration(text: string, field: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const unitMs = unitsMs[match?.[2] ?? ''];
  const milliseconds = Math.round(Number(match?.[1]) * (unitMs ?? Number.NaN) * 1_000) / 1_000;
  if (!Number.isFinite(milliseconds)) throw new InvalidArgumentError(field, text, 'must be a duration such as 250ms, 5s, 2m or 1h');
  return milliseconds;
}
