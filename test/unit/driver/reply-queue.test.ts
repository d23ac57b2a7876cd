import { expect, test } from 'vitest';
import { ReplyQueue } from '../../../src/driver/wire/reply-queue.ts';
import { ProtocolError } from '../../../src/errors/connection.ts';

interface Entry {
  readonly xid: number;
  next: Entry | undefined;
}

const entry = (xid: number): Entry => ({ xid, next: undefined });

function queueOf(...xids: readonly number[]): ReplyQueue<Entry> {
  const queue = new ReplyQueue<Entry>();
  for (const xid of xids) queue.push(entry(xid));
  return queue;
}

test('replies are due in the order of the requests', () => {
  const queue = queueOf(1, 2, 3);
  expect([queue.take(1).xid, queue.take(2).xid, queue.take(3).xid]).toEqual([1, 2, 3]);
  expect(queue.size).toBe(0);
});

test('it can be filled again after it was emptied', () => {
  const queue = queueOf(1);
  queue.take(1);
  queue.push(entry(2));
  queue.push(entry(3));
  expect([queue.take(2).xid, queue.take(3).xid]).toEqual([2, 3]);
});

test.each([2, 3, 0, -1])('with 1 due, a reply numbered %i is refused and nothing is taken out', (xid) => {
  const queue = queueOf(1, 2);
  expect(() => queue.take(xid)).toThrow(ProtocolError);
  expect(queue.size).toBe(2);
});

test('a reply to nothing is refused', () => {
  expect(() => queueOf().take(1)).toThrow(ProtocolError);
});

test('draining gives everything, oldest first, and leaves nothing', () => {
  const queue = queueOf(4, 5, 6);
  expect(queue.drain().map(({ xid }) => xid)).toEqual([4, 5, 6]);
  expect(queue.size).toBe(0);
  expect(queue.drain()).toEqual([]);
});

test('what is taken out holds on to nothing behind it', () => {
  const queue = queueOf(1, 2);
  expect(queue.take(1).next).toBeUndefined();
});
