import { errorCodeName } from '../../src/protocol/error-codes.ts';
import type { MultiReplyPart } from '../../src/protocol/operations/multi.ts';
import { openAcl, type Stat } from '../../src/znode.ts';
import { type Asked, type Step, sessionCount } from './differential-steps.ts';
import { RawClient, type RawSession } from './raw-client.ts';

/**
 * The same requests to two servers, and what came of them in a form that can be compared: session ids, zxids and times replaced by what they
 * stand for.
 */

/** Plays the steps below `root`, which is made first, as a child of a znode of its own: its siblings' numbers count too. */
export async function play(hosts: string, parent: string, steps: readonly Step[]): Promise<readonly unknown[]> {
  const root = `${parent}/r`;
  const sessions = await Promise.all(Array.from({ length: sessionCount }, () => RawClient.start(hosts)));
  const names = new Names(root);
  for (const { granted } of sessions) names.owner(granted.sessionId);
  try {
    for (const path of [parent, root]) await sessions[0]?.ask('create', { path, data: null, acl: openAcl, flags: 0 });
    const transcript: unknown[] = [];
    for (const step of steps) {
      const replies = await soon(perform(hosts, root, sessions, step, names), step);
      // A ping's reply comes after every event that was sent before it.
      await Promise.all(sessions.map((session) => session.ping()));
      const heard = sessions.map(({ heard }) => heard.splice(0).filter((what) => what !== 'reply raw'));
      transcript.push({
        step: describe(step),
        replies,
        heard: heard.map((list) => names.shorten(step.kind === 'renew' ? list.sort() : list)),
      });
    }
    return names.rank(transcript);
  } finally {
    await Promise.all(sessions.map((session) => session.closeSession().catch(() => {})));
    await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()));
    await cleanUp(hosts, parent);
  }
}

/** As far as the ACLs let us. */
async function cleanUp(hosts: string, parent: string): Promise<void> {
  await using session = await RawClient.start(hosts);
  await session.ask('auth', { type: 0, scheme: 'digest', auth: Buffer.from('u1:p1') });
  const deleteAll = async (path: string): Promise<void> => {
    const { body } = await session.ask('getChildren', { path, watch: false });
    await Promise.all((body?.children ?? []).map((name) => deleteAll(`${path}/${name}`)));
    await session.ask('delete', { path, version: -1 });
  };
  await deleteAll(parent);
  await session.closeSession();
}

async function soon<T>(promise: Promise<T>, step: Step): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer to ${describe(step)}`)), 30_000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function perform(hosts: string, root: string, sessions: RawSession[], step: Step, names: Names): Promise<readonly unknown[]> {
  const session = sessions[step.by];
  if (session === undefined) throw new Error(`there is no session ${step.by}`);
  switch (step.kind) {
    case 'ask':
      return [await ask(session, step, root, names)];
    case 'burst': {
      session.cork();
      const replies = step.requests.map((request) => ask(session, request, root, names));
      session.uncork();
      return Promise.all(replies);
    }
    case 'reconnect': {
      session.drop();
      const next = await RawClient.resume(hosts, session.granted);
      sessions[step.by] = next;
      return [names.owner(next.granted.sessionId), await ask(next, { operation: 'setWatches2', request: step.watches }, root, names)];
    }
    case 'renew': {
      const { code } = await session.closeSession();
      await session.closed();
      const next = await RawClient.start(hosts);
      sessions[step.by] = next;
      return [code, names.owner(next.granted.sessionId)];
    }
  }
}

async function ask(session: RawClient, { operation, request }: Asked, root: string, names: Names): Promise<unknown> {
  const { code, body } = await session.ask(operation, rooted(request, root) as never);
  return { operation, code, body: names.translate(operation === 'multi' || operation === 'multiRead' ? partsOf(body) : body) };
}

function partsOf(body: unknown): unknown {
  if (!Array.isArray(body)) return body;
  return (body as readonly MultiReplyPart[]).map((part) => (part.op === 'error' ? { op: part.op, code: errorCodeName(part.err) } : part));
}

/** `~` stands for the root of the run, wherever a path begins. */
function rooted(value: unknown, root: string): unknown {
  if (typeof value === 'string') return value.startsWith('~') ? root + value.slice(1) : value;
  if (Array.isArray(value)) return value.map((element) => rooted(element, root));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, rooted(element, root)]));
}

/** What stands for what: sessions by their order, zxids by their rank, the root by `~`. */
class Names {
  readonly #root: string;
  readonly #owners = new Map<bigint, string>([[0n, 'nobody']]);
  readonly #zxids = new Set<bigint>();

  constructor(root: string) {
    this.#root = root;
  }

  owner(sessionId: bigint): string {
    const known = this.#owners.get(sessionId);
    if (known !== undefined) return known;
    const name = `session ${this.#owners.size}`;
    this.#owners.set(sessionId, name);
    return name;
  }

  shorten(texts: readonly string[]): readonly string[] {
    return texts.map((text) => text.replaceAll(this.#root, '~'));
  }

  /** Lists of names and of identities have no order, nor have the ACLs that `auth` is replaced by. */
  translate(value: unknown): unknown {
    if (typeof value === 'string') return value.replaceAll(this.#root, '~');
    if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
    if (Array.isArray(value)) {
      const list = value.map((element) => this.translate(element));
      return list.every(isUnordered) ? list.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : list;
    }
    if (typeof value !== 'object' || value === null) return value;
    if ('czxid' in value) return this.#stat(value as Stat);
    return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, this.translate(element)]));
  }

  /** Once all zxids are known: each one's rank in its place. */
  rank(transcript: readonly unknown[]): readonly unknown[] {
    const ranks = new Map([...this.#zxids].sort((a, b) => (a < b ? -1 : 1)).map((zxid, rank) => [zxid, `zxid ${rank}`]));
    const replace = (value: unknown): unknown => {
      if (typeof value === 'bigint') return ranks.get(value);
      if (Array.isArray(value)) return value.map(replace);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, replace(element)]));
    };
    return transcript.map(replace);
  }

  #stat({ ctime, mtime, ephemeralOwner, ...stat }: Stat): unknown {
    for (const zxid of [stat.czxid, stat.mzxid, stat.pzxid]) this.#zxids.add(zxid);
    return { ...stat, ephemeralOwner: this.owner(ephemeralOwner), isTimeSane: ctime > 0n && ctime <= mtime };
  }
}

function isUnordered(element: unknown): boolean {
  if (typeof element !== 'object' || element === null) return typeof element === 'string';
  return 'authScheme' in element || 'perms' in element;
}

function describe(step: Step): string {
  return JSON.stringify(step, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}
