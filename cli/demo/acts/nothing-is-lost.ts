import { isDeepStrictEqual } from 'node:util';
import { filter, firstValueFrom } from 'rxjs';
import type { Act } from '../act.ts';
import type { Stage } from '../stage.ts';
import type { Verdict } from '../verdict.ts';

const items = Array.from({ length: 6 }, (_, index) => `item ${index + 1}`);
const eachMs = 50;
// Whoever is killed is in the middle of its item.
const endlessMs = 600_000;

export const nothingIsLost: Act = {
  title: 'a queue loses nothing',
  shows: `
    Three processes handle the items of one queue. One is killed in the middle of an item. The others go on, and when its session has
    expired, one of them is given the item that it had in hand: nothing is lost, and nothing is handled twice.`,
  play: loseNothing,
};

async function loseNothing(stage: Stage): Promise<readonly Verdict[]> {
  const [first, second, third] = await Promise.all([stage.hire('worker-1'), stage.hire('worker-2'), stage.hire('worker-3')]);
  const queue = stage.itemQueue();
  stage.say(`puts ${items.length} items into the queue`);
  await queue.putAll(items);

  const beginning = first.next('item-begun');
  first.order({ kind: 'handle-items', eachMs: endlessMs });
  const { item: inHand } = await beginning;
  for (const worker of [second, third]) worker.order({ kind: 'handle-items', eachMs });
  const killedMs = stage.say(`kills ${first.name} in the middle of ${inHand} (SIGKILL)`);
  await first.kill();
  while (stage.handled.length < items.length) await Promise.race([second, third].map((worker) => worker.next('item-handled')));
  await firstValueFrom(queue.depth$.pipe(filter((depth) => depth === 0)));

  const last = stage.handled.at(-1);
  return [
    {
      claim: `${inHand} was given to another, and handled ${(((last?.atMs ?? Number.NaN) - killedMs) / 1000).toFixed(1)} s after the kill`,
      holds: last?.item === inHand && last.atMs > killedMs,
    },
    {
      claim: `all ${items.length} items were handled, and each once`,
      holds: isDeepStrictEqual(stage.handled.map(({ item }) => item).toSorted(), items),
    },
    { claim: 'the queue is empty', holds: (await queue.items()).length === 0 },
  ];
}
