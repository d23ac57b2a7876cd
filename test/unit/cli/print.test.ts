import { PassThrough, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { OutputClosedError, Printer } from '../../../cli/print.ts';

function collecting() {
  const stream = new PassThrough();
  return { stream, written: () => String(stream.read() ?? '') };
}

test('with --json there is one object a line, and nothing else', async () => {
  const { stream, written } = collecting();
  const printer = new Printer(stream, true);
  await printer.print({ text: 'for people\n', json: { a: 'x\ny' } });
  await printer.printAll('for people\n', [{ b: 1 }, { c: 2 }]);
  await printer.printAll('for people\n', []);
  expect(written()).toBe('{"a":"x\\ny"}\n{"b":1}\n{"c":2}\n');
});

test('without --json there is the text', async () => {
  const { stream, written } = collecting();
  const printer = new Printer(stream, false);
  await printer.print({ text: Buffer.from('raw'), json: {} });
  await printer.printAll(' and all\n', [{}]);
  expect(written()).toBe('raw and all\n');
});

test('a reader that has gone is told apart from other failures', async () => {
  const failing = (code: string) =>
    new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error('write failed'), { code })) }).on('error', () => {});
  await expect(new Printer(failing('EPIPE'), false).print({ text: 'x', json: {} })).rejects.toThrow(OutputClosedError);
  await expect(new Printer(failing('EIO'), false).print({ text: 'x', json: {} })).rejects.not.toThrow(OutputClosedError);
});

test('a write is over when the stream has taken it, not before', async () => {
  const steps: string[] = [];
  const slow = new Writable({
    write(_chunk, _encoding, done) {
      setImmediate(() => {
        steps.push('taken');
        done();
      });
    },
  });
  await new Printer(slow, false).print({ text: 'x', json: {} });
  steps.push('over');
  expect(steps).toEqual(['taken', 'over']);
});
