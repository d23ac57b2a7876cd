import { getEventListeners } from 'node:events';
import { EMPTY, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { first, whenAborted } from '../../src/abort.ts';

function listenersOn(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

describe('whenAborted', () => {
  test('calls once, with the reason', () => {
    const controller = new AbortController();
    const reasons: unknown[] = [];
    whenAborted(controller.signal, (reason) => reasons.push(reason));
    controller.abort('first');
    controller.abort('second');
    expect(reasons).toEqual(['first']);
    expect(listenersOn(controller.signal)).toBe(0);
  });

  test('calls at once when the signal has aborted before, and leaves no listener', () => {
    const controller = new AbortController();
    controller.abort('before');
    const reasons: unknown[] = [];
    whenAborted(controller.signal, (reason) => reasons.push(reason))();
    expect(reasons).toEqual(['before']);
    expect(listenersOn(controller.signal)).toBe(0);
  });

  test('calls no more once stopped, and leaves no listener', () => {
    const controller = new AbortController();
    const stop = whenAborted(controller.signal, () => expect.unreachable());
    expect(listenersOn(controller.signal)).toBe(1);
    stop();
    stop();
    expect(listenersOn(controller.signal)).toBe(0);
    controller.abort();
  });
});

describe('first', () => {
  test('gives the first value and leaves neither listener nor subscription', async () => {
    const controller = new AbortController();
    const source = new Subject<number>();
    const value = first(source, controller.signal);
    expect(listenersOn(controller.signal)).toBe(1);
    source.next(1);
    expect(listenersOn(controller.signal)).toBe(0);
    expect(source.observed).toBe(false);
    source.next(2);
    expect(await value).toBe(1);
  });

  test('gives a value that is there already', async () => {
    const controller = new AbortController();
    expect(await first(of(7, 8), controller.signal)).toBe(7);
    expect(listenersOn(controller.signal)).toBe(0);
  });

  test('rejects with the reason when the signal aborts first, and unsubscribes', async () => {
    const controller = new AbortController();
    const source = new Subject<number>();
    const value = first(source, controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    expect(source.observed).toBe(false);
    await expect(value).rejects.toBe(reason);
  });

  test('does not even subscribe when the signal has aborted before', async () => {
    const source = new Observable<number>(() => expect.unreachable());
    await expect(first(source, AbortSignal.abort('before'))).rejects.toBe('before');
  });

  test('rejects with the error of the source, and leaves no listener', async () => {
    const controller = new AbortController();
    const broken = new Error('broken');
    await expect(
      first(
        throwError(() => broken),
        controller.signal,
      ),
    ).rejects.toBe(broken);
    expect(listenersOn(controller.signal)).toBe(0);
  });

  test('a source that completes without a value rejects at once instead of waiting for the signal', async () => {
    const controller = new AbortController();
    await expect(first(EMPTY, controller.signal)).rejects.toMatchObject({ name: 'EmptyError' });
    expect(listenersOn(controller.signal)).toBe(0);
  });

  test('any number of waits on one long-lived signal leave nothing on it', async () => {
    const controller = new AbortController();
    await Promise.all(Array.from({ length: 50 }, () => first(of(1), controller.signal)));
    expect(listenersOn(controller.signal)).toBe(0);
    const waiting = first(NEVER, controller.signal);
    controller.abort('end');
    await expect(waiting).rejects.toBe('end');
  });
});
