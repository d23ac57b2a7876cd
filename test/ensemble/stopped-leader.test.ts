import { expect, test } from 'vitest';
import { Mutex } from '../../recipes/index.ts';
import { FaultyProxy } from '../../src/embedded/index.ts';
import { connect, systemClock } from '../../src/index.ts';
import { Ensemble } from '../support/ensemble.ts';
import { localServers, needed } from '../support/real-server.ts';

const path = '/locks/stopped-leader';
const sessionTimeoutMs = 4_000;

/**
 * The leader alone decides which session has expired, by what its followers have passed on to it. While it is stopped, they go on answering pings; when it
 * goes on, it lets the sessions expire that it has not heard of in the meantime, before it looks at what has come.
 */
test('a holder whose follower has no contact with its leader does not trust the follower', { timeout: 90_000 }, async (context) => {
  needed(context, localServers() ?? {});
  // Followers wait for their leader for longer than a session may be silent.
  const ensemble = await Ensemble.start(3, { tickMs: 1_000, syncLimit: 60 });
  context.onTestFinished(() => ensemble[Symbol.asyncDispose]());
  const leader = await ensemble.leader();
  const [follower] = ensemble.members.filter((member) => member !== leader);
  const wire = await FaultyProxy.start([{ host: '127.0.0.1', port: follower?.port ?? 0 }]);
  context.onTestFinished(() => wire.close());
  const holder = await connect(wire.hosts, { sessionTimeoutMs });
  context.onTestFinished(() => holder.close());
  const lease = await new Mutex(holder, path).acquire();
  const session = await holder.connected();

  leader.signal('SIGSTOP');
  const stoppedMs = holder.now();
  context.onTestFinished(async () => leader.signal('SIGCONT'));
  // What is waited for is time itself, on the leader's clock.
  for (let tenths = 0; tenths < 10; tenths += 1) {
    await passed(sessionTimeoutMs / 10);
    expect(session.validUntilMs - stoppedMs, 'whatever the follower has said by now').toBeLessThan(sessionTimeoutMs);
  }
  await passed(1_500);
  expect(lease.signal.aborted).toBe(true);
  wire.swallow();
  leader.signal('SIGCONT');
  const next = await connect(leader.hosts, { sessionTimeoutMs });
  context.onTestFinished(() => next.close());
  await using taken = await new Mutex(next, path).acquire();

  expect(lease.isValid()).toBe(false);
  expect(taken.token).toBeGreaterThan(lease.token);
});

async function passed(ms: number): Promise<void> {
  await new Promise<void>((resolve) => systemClock.setTimer(ms, resolve));
}
