import type { Driver } from '../../driver/driver.ts';
import { prefixed, unprefixed } from '../../driver/prefix.ts';
import type { Call } from '../calls/call.ts';

// As Java's client: small enough for any server's limit. @see ZooKeeper `ClientCnxn.SET_WATCHES_MAX_LENGTH`
const requestBytes = 128 * 1024;

// The server keeps a watch or two for each until the session is closed.
const pathsInOneSession = 100_000;

// The session expires by itself if the server does not hear of its end.
const closeMs = 1_000;

/** Asks with watches, in sessions that are closed when all is answered: nothing is left of them, and the call's own session is not touched. */
export async function changedSince(call: Call, open: () => Driver, zxid: bigint, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const changed = new Set<string>();
  for (let at = 0; at < paths.length; at += pathsInOneSession) {
    const some = paths.slice(at, at + pathsInOneSession);
    call.throwIfOver();
    const driver = open();
    const notices = driver.notices$.subscribe((notice) => {
      if (notice.kind === 'event') changed.add(unprefixed(call.prefix, notice.path) ?? notice.path);
    });
    try {
      await beforeItsEnd(call, ask(driver, call.prefix, zxid, some));
    } finally {
      notices.unsubscribe();
      await driver.close(closeMs);
    }
  }
  return changed;
}

async function ask(driver: Driver, prefix: string, zxid: bigint, paths: readonly string[]): Promise<void> {
  // Its server may be behind others.
  const answers: Promise<unknown>[] = [driver.perform('sync', { path: prefixed(prefix, '/') })];
  for (const some of chunks(paths.map((path) => prefixed(prefix, path)))) {
    answers.push(driver.perform('setWatches', { relativeZxid: zxid, data: some, children: some }));
  }
  await Promise.all(answers);
}

/** Of at most so many bytes each, when each path goes twice. */
function* chunks(paths: readonly string[]): Iterable<readonly string[]> {
  let chunk: string[] = [];
  let bytes = 0;
  for (const path of paths) {
    chunk.push(path);
    bytes += 2 * (4 + Buffer.byteLength(path));
    if (bytes < requestBytes) continue;
    yield chunk;
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield chunk;
}

/** What the work comes to, unless the call ends before. */
async function beforeItsEnd(call: Call, work: Promise<void>): Promise<void> {
  await call.until((resume) => {
    work.then(resume, resume);
    return () => {};
  });
  call.throwIfOver();
  await work;
}
