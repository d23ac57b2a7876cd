import type { Act } from '../act.ts';
import type { Stage } from '../stage.ts';
import type { Verdict } from '../verdict.ts';

export const leaderFailsOver: Act = {
  title: 'leaders fail over',
  shows: `
    One of three works, as their leader. It is killed: the next one leads when its session expires. That one steps down: its work is
    told to stop, and only when it has stopped does the third begin; the one that stepped down stands again, at the end of the line.`,
  play: failOver,
};

async function failOver(stage: Stage): Promise<readonly Verdict[]> {
  const [first, second, third] = await Promise.all([stage.hire('worker-1'), stage.hire('worker-2'), stage.hire('worker-3')]);
  const leads = first.next('leads');
  first.order({ kind: 'stand' });
  const before = await leads;
  await stage.stand(second);
  await stage.stand(third);

  const following = second.next('leads');
  const killedMs = stage.say(`kills ${first.name} (SIGKILL)`);
  await first.kill();
  const after = await following;

  const [stopping, last, again] = [second.next('stops-leading'), third.next('leads'), second.next('queued')];
  const toldMs = stage.say(`tells ${second.name} to step down`);
  second.order({ kind: 'step-down' });
  const [stopped, lastLeads, queued] = await Promise.all([stopping, last, again]);

  await Promise.all([second, third].map((worker) => stage.retire(worker)));

  const seconds = ((after.atMs - killedMs) / 1000).toFixed(1);
  return [
    { claim: `${second.name} led ${seconds} s after ${first.name} was killed`, holds: after.atMs > killedMs },
    { claim: `with a larger fencing token: ${after.token} > ${before.token}`, holds: after.token > before.token },
    {
      claim: `${third.name} led ${(lastLeads.atMs - toldMs).toFixed(0)} ms after ${second.name} was told to step down, and after its work had stopped`,
      holds: lastLeads.atMs > stopped.atMs && lastLeads.token > after.token,
    },
    { claim: `${second.name} stands again, behind ${third.name}`, holds: queued.ahead === 1 && queued.atMs > stopped.atMs },
  ];
}
