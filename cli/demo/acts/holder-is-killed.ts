import type { Act } from '../act.ts';
import type { Stage } from '../stage.ts';
import type { Verdict } from '../verdict.ts';

export const holderIsKilled: Act = {
  title: 'the holder is killed',
  shows: `
    SIGKILL leaves the holder no time to release. The server frees the lock when the holder's session expires; the next in line, and
    only that one, enters, with a larger fencing token.`,
  play: killHolder,
};

async function killHolder(stage: Stage): Promise<readonly Verdict[]> {
  const [holder, next, last] = await Promise.all([stage.hire('worker-1'), stage.hire('worker-2'), stage.hire('worker-3')]);
  const before = await stage.enter(holder);
  await stage.queue(next);
  await stage.queue(last);

  const taking = next.next('entered');
  const following = last.next('entered');
  const killedMs = stage.say(`kills ${holder.name} (SIGKILL)`);
  await holder.kill();
  const after = await taking;
  const leaving = await stage.leave(next);
  const afterwards = await following;
  await stage.leave(last);

  const seconds = ((after.atMs - killedMs) / 1000).toFixed(1);
  return [
    { claim: `${next.name} took over ${seconds} s after the kill`, holds: after.atMs > killedMs },
    { claim: `with a larger fencing token: ${after.token} > ${before.token}`, holds: after.token > before.token },
    {
      claim: `${last.name} entered only after ${next.name} had left, with a larger token again: ${afterwards.token} > ${after.token}`,
      holds: afterwards.atMs > leaving.atMs && afterwards.token > after.token,
    },
  ];
}
