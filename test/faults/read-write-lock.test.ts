import { expect } from 'vitest';
import { ReadWriteLock } from '../../recipes/index.ts';
import { AcquireTimeoutError, type Client } from '../../src/index.ts';
import { expectLoss } from '../support/loss.ts';
import { sweepFaults } from '../support/sweep.ts';

const path = '/locks/rw';
const mayStay = ['/locks', path];

sweepFaults('two readers and two writers: nobody is beside a writer, and all get their turn', {
  mayStay,
  play: async (world, ends) => {
    const clients = [await world.client(), await world.client()];
    const turns = (client: Client) => {
      const lock = new ReadWriteLock(client, path);
      // A round trip inside, so that a fault can come over a holder too.
      const work = () => client.sync('/');
      return [
        lock.write.run((lease) => world.sharing.write(lease, work), { signal: world.signal }),
        lock.read.run((lease) => world.sharing.read(lease, work), { signal: world.signal }),
      ];
    };
    const failed = (await Promise.allSettled(clients.flatMap(turns))).filter((turn) => turn.status === 'rejected');
    for (const { reason } of failed) expectLoss(reason, ends);
    if (ends !== 'all') expect(failed.length, 'a fault on one client must not stop the other').toBeLessThan(4);
  },
});

sweepFaults('a writer that reads on lets no writer in between', {
  mayStay,
  play: async (world, ends) => {
    const [one, other] = [await world.client(), await world.client()];
    const lock = new ReadWriteLock(one, path);
    const owner = {};
    const downgrading = async () => {
      await using writer = await lock.write.acquire({ owner, signal: world.signal });
      const writing = new ReadWriteLock(other, path).write.run((lease) => world.sharing.write(lease, () => other.sync('/')));
      const settled = Promise.allSettled([writing]);
      try {
        await world.sharing.write(writer, () => one.sync('/'), owner);
        await using reader = await lock.read.acquire({ owner });
        const reading = world.sharing.read(reader, () => one.sync('/'), owner);
        await writer.release();
        await reading;
      } catch (error) {
        expectLoss(error, ends);
        await writer.release();
      }
      const [result] = await settled;
      if (result?.status === 'rejected') expectLoss(result.reason, ends);
    };
    await downgrading().catch((error: unknown) => expectLoss(error, ends));
  },
});

sweepFaults('a reader and a writer that give up leave the line', {
  mayStay,
  play: async (world, ends) => {
    const [holder, waiter] = [await world.client(), await world.client()];
    const lock = new ReadWriteLock(waiter, path);
    const holding = new ReadWriteLock(holder, path).write.run(async () => {
      for (const side of [lock.write, lock.read]) {
        const late = await side.acquire({ timeoutMs: 50 }).catch((error: unknown) => {
          if (!(error instanceof AcquireTimeoutError)) expectLoss(error, ends);
        });
        await late?.release();
      }
    });
    await holding.catch((error: unknown) => expectLoss(error, ends));
  },
});

sweepFaults('a writer that asks to read and releases at once reads alone or with readers, never beside the next writer', {
  mayStay,
  play: async (world, ends) => {
    const [one, other] = [await world.client(), await world.client()];
    const lock = new ReadWriteLock(one, path);
    const owner = {};
    const turn = async () => {
      const writer = await lock.write.acquire({ owner, signal: world.signal });
      const writing = new ReadWriteLock(other, path).write.run((lease) => world.sharing.write(lease, () => other.sync('/')));
      const settled = Promise.allSettled([writing]);
      await other.sync('/');
      const asking = lock.read.acquire({ owner, signal: world.signal });
      const releasing = writer.release();
      await asking
        .then((reader) => world.sharing.read(reader, () => one.sync('/')).finally(() => reader.release()))
        .catch((error: unknown) => expectLoss(error, ends));
      await releasing;
      const [next] = await settled;
      if (next?.status === 'rejected') expectLoss(next.reason, ends);
    };
    await turn().catch((error: unknown) => expectLoss(error, ends));
  },
});
