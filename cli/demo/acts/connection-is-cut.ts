import type { Act } from '../act.ts';
import type { Stage } from '../stage.ts';
import type { Verdict } from '../verdict.ts';

// The tenth of it by which a holder gives up early must outlast a busy machine's stalls.
const holderTimeoutMs = 8_000;

export const connectionIsCut: Act = {
  title: "the holder's connection is cut",
  shows: `
    The holder runs on and hears nothing. By its own clock, and before the server can let anybody else in, it knows that it may have
    lost the lock: the signal of its lease fires. When the connection is mended it begins a new session and gets in line again.`,
  play: cutConnection,
};

async function cutConnection(stage: Stage): Promise<readonly Verdict[]> {
  const [holder, next] = await Promise.all([stage.hire('worker-1', holderTimeoutMs), stage.hire('worker-2')]);
  const before = await stage.enter(holder);
  await stage.queue(next);

  const losing = holder.next('lease-lost');
  const taking = next.next('entered');
  stage.say(`cuts the connection of ${holder.name}, and any that it makes`);
  holder.wire.cut();
  const [lost, after] = await Promise.all([losing, taking]);

  const reconnecting = holder.next('connected');
  stage.say(`mends the connection of ${holder.name}`);
  holder.wire.mend();
  await reconnecting;
  const returning = holder.next('entered');
  await stage.queue(holder);
  const leaving = await stage.leave(next);
  const again = await returning;
  await stage.leave(holder);

  const margin = (after.atMs - lost.atMs).toFixed(0);
  return [
    { claim: `the signal of ${holder.name}'s lease fired before ${next.name} entered, by ${margin} ms`, holds: lost.atMs < after.atMs },
    { claim: `${next.name} has a larger fencing token: ${after.token} > ${before.token}`, holds: after.token > before.token },
    {
      claim: `${holder.name} came back in line and entered after ${next.name}, with a larger token again: ${again.token} > ${after.token}`,
      holds: again.atMs > leaving.atMs && again.token > after.token,
    },
  ];
}
