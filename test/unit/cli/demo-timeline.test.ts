import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { machineNowMs } from '../../../cli/demo/machine-time.ts';
import { Timeline } from '../../../cli/demo/timeline.ts';
import { Printer } from '../../../cli/print.ts';
import { systemClock } from '../../../src/index.ts';

function world({ json = false, colours = false } = {}) {
  const stream = new PassThrough();
  const timeline = new Timeline(new Printer(stream, json), systemClock, colours);
  return { timeline, printed: () => String(stream.read() ?? '') };
}

test('events are told in the order in which they happened, not in that in which we heard of them', async () => {
  const { timeline, printed } = world();
  const now = machineNowMs();
  timeline.event('b', 'second', now + 2);
  timeline.event('a', 'first', now + 1);
  timeline.event('c', 'third', now + 3);
  await timeline.settle();
  expect(printed().match(/first|second|third/g)).toEqual(['first', 'second', 'third']);
});

test('what we hear of after later things have been told is marked', async () => {
  const { timeline, printed } = world();
  const now = machineNowMs();
  timeline.event('b', 'second', now + 2);
  await timeline.settle();
  timeline.event('a', 'first', now + 1);
  await timeline.settle();
  expect(printed()).toMatch(/second\n.*first \(we heard of it late\)\n$/);
});

test('a false verdict is counted, and comes after the events before it', async () => {
  const { timeline, printed } = world();
  timeline.act('title', 'what it shows');
  timeline.event('a', 'something');
  timeline.verdict({ claim: 'two and two are four', holds: true });
  timeline.verdict({ claim: 'two and two are five', holds: false });
  await timeline.settle();
  expect(timeline.failures).toBe(1);
  expect(timeline.claims).toBe(2);
  expect(printed()).toMatch(/^\nAct 1: title\nwhat it shows\n\n.*something\nok {5}two and two are four\nFAILED two and two are five\n$/);
});

test('what an act shows is told in lines of 80, however it was written', async () => {
  const { timeline, printed } = world();
  timeline.act('title', `\n    ${'word '.repeat(20)}\n    ${'word '.repeat(20)}`);
  await timeline.settle();
  const [, , ...lines] = printed().trimEnd().split('\n');
  expect(lines.join(' ')).toBe('word '.repeat(40).trim());
  expect(lines.map(({ length }) => length)).toEqual([79, 79, 39]);
});

test('times are aligned, in seconds since the beginning', async () => {
  const beforeMs = machineNowMs();
  const { timeline, printed } = world();
  const afterMs = machineNowMs();
  timeline.event('a', 'x', afterMs + 12_345);
  await timeline.settle();
  const [, seconds = ''] = /^ {2}(\d\d\.\d{3}) s {2}a {9}x\n$/.exec(printed()) ?? [];
  const tookMs = Number(seconds) * 1000 - 12_345;
  expect(tookMs).toBeGreaterThan(-1);
  expect(tookMs).toBeLessThan(afterMs - beforeMs + 1);
});

test('there is colour where it is wanted, and none where not', async () => {
  for (const colours of [true, false]) {
    const { timeline, printed } = world({ colours });
    timeline.event('a', 'x');
    timeline.verdict({ claim: 'y', holds: true });
    await timeline.settle();
    expect(printed().includes('\u001b[')).toBe(colours);
  }
});

test('as JSON each line is an object', async () => {
  const { timeline, printed } = world({ json: true });
  timeline.act('title', 'shows');
  timeline.event('a', 'x');
  timeline.verdict({ claim: 'y', holds: false });
  await timeline.settle();
  const kinds = printed()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string });
  expect(kinds).toMatchObject([
    { kind: 'act', act: 1, title: 'title', shows: 'shows' },
    { kind: 'event', act: 1, actor: 'a', text: 'x' },
    { kind: 'verdict', act: 1, claim: 'y', holds: false },
  ]);
});
