import { expect, test } from 'vitest';
import { hasSameDueTimes, planOf, type Timing } from '../../../recipes/schedule/plan.ts';
import { InvalidArgumentError } from '../../../src/index.ts';

/** The next due times after an instant. */
function dueAfter(timing: Timing, after: string, count: number): readonly string[] {
  const plan = planOf(timing, 'job');
  const due: number[] = [];
  for (let afterMs = Date.parse(after); due.length < count; afterMs = due.at(-1) ?? afterMs) due.push(plan.next(afterMs, afterMs));
  return due.map((dueMs) => new Date(dueMs).toISOString().replace('.000', ''));
}

test('an expression without a time zone is meant in UTC, wherever the machine is', () => {
  expect(dueAfter({ cron: '0 3 * * *' }, '2026-06-01T12:00:00Z', 2)).toEqual(['2026-06-02T03:00:00Z', '2026-06-03T03:00:00Z']);
});

test('the due time itself is not after it', () => {
  expect(dueAfter({ cron: '0 3 * * *' }, '2026-06-01T03:00:00Z', 1)).toEqual(['2026-06-02T03:00:00Z']);
});

test('six fields have seconds, and nicknames are known', () => {
  expect(dueAfter({ cron: '*/20 * * * * *' }, '2026-06-01T00:00:05Z', 2)).toEqual(['2026-06-01T00:00:20Z', '2026-06-01T00:00:40Z']);
  expect(dueAfter({ cron: '@daily' }, '2026-06-01T00:00:05Z', 1)).toEqual(['2026-06-02T00:00:00Z']);
});

test('a time of day that the clocks skip comes to pass once, as soon as they have', () => {
  const nights = dueAfter({ cron: '30 2 * * *', timeZone: 'Europe/Berlin' }, '2026-03-28T12:00:00Z', 2);
  expect(nights).toEqual(['2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z']);
});

test('a time of day that the clocks show twice comes to pass once', () => {
  const nights = dueAfter({ cron: '30 2 * * *', timeZone: 'Europe/Berlin' }, '2026-10-24T12:00:00Z', 2);
  expect(nights).toEqual(['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z']);
});

test('intervals are counted from the anchor, however late it is', () => {
  const plan = planOf({ everyMs: 100 }, 'job');
  expect([plan.next(1_000, 1_000), plan.next(1_099, 1_000), plan.next(1_100, 1_000), plan.next(1_950, 1_000)]).toEqual([
    1_100, 1_100, 1_200, 2_000,
  ]);
});

test('an interval from an anchor in the future begins there', () => {
  expect(planOf({ everyMs: 100 }, 'job').next(1_000, 5_000)).toBe(5_100);
});

test.each([
  ['four fields', { cron: '* * * *' }, 'job.cron'],
  ['seven fields', { cron: '0 0 0 1 1 * 2030' }, 'job.cron'],
  ['a minute too many', { cron: '60 * * * *' }, 'job.cron'],
  ['words', { cron: 'every day' }, 'job.cron'],
  ['nothing', { cron: '' }, 'job.cron'],
  ['a date', { cron: '2030-01-01T00:00:00' }, 'job.cron'],
  ['an unknown time zone', { cron: '* * * * *', timeZone: 'Nowhere/Else' }, 'job.timeZone'],
])('%s: refused, and the field is named', (_, timing, field) => {
  expect(() => planOf(timing, 'job')).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field }));
});

test('what never comes to pass is refused when it is asked for', () => {
  expect(() => planOf({ cron: '0 0 30 2 *' }, 'job').next(0, 0)).toThrow(InvalidArgumentError);
});

const threeMs = Date.parse('2026-06-02T03:00:00Z');

test.each([
  ['one more blank', '0  3 * * *'],
  ['blanks around it', ' 0 3 * * * '],
  ['with seconds', '0 0 3 * * *'],
  ['all days of the week', '0 3 * * 0-6'],
  ['names', '0 3 * JAN-DEC *'],
  ['a question mark', '0 3 ? * *'],
])('the same plan in other words: %s', (_, cron) => {
  const plan = planOf({ cron }, 'job');
  expect(hasSameDueTimes(plan, 'cron 0 3 * * * UTC', threeMs)).toBe(true);
  expect(hasSameDueTimes(planOf({ cron: '0 3 * * *' }, 'job'), plan.text, threeMs)).toBe(true);
});

test.each([
  ['a nickname', { cron: '@daily' }, 'cron 0 0 * * * UTC', '2026-06-02T00:00:00Z'],
  ['another name of the time zone', { cron: '0 3 * * *', timeZone: 'Etc/UTC' }, 'cron 0 3 * * * UTC', '2026-06-02T03:00:00Z'],
  ['steps', { cron: '*/15 * * * *' }, 'cron 0,15,30,45 * * * * UTC', '2026-06-02T03:15:00Z'],
  ['Sunday', { cron: '0 3 * * SUN' }, 'cron 0 3 * * 7 UTC', '2026-06-07T03:00:00Z'],
] as const)('the same plan in other words: %s', (_, timing, text, due) => {
  expect(hasSameDueTimes(planOf(timing, 'job'), text, Date.parse(due))).toBe(true);
});

test.each([
  ['more often', { cron: '0 * * * *' }, 'cron 0 3 * * * UTC'],
  ['less often', { cron: '0 3 * * TUE' }, 'cron 0 3 * * * UTC'],
  ['another time zone', { cron: '0 3 * * *', timeZone: 'Europe/Berlin' }, 'cron 0 3 * * * UTC'],
  ['an interval', { everyMs: 86_400_000 }, 'cron 0 3 * * * UTC'],
  ['an interval before', { cron: '0 3 * * *' }, 'every 86400000 ms'],
  ['nothing before', { cron: '0 3 * * *' }, ''],
  ['nonsense before', { cron: '0 3 * * *' }, 'cron every now and then UTC'],
  ['a time zone that is unknown here', { cron: '0 3 * * *' }, 'cron 0 3 * * * Moon/Base'],
] as const)('another plan: %s', (_, timing, text) => {
  expect(hasSameDueTimes(planOf(timing, 'job'), text, threeMs)).toBe(false);
});
