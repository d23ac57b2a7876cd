import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filter, firstValueFrom, map, type Observable } from 'rxjs';
import { z } from 'zod';
import { JavaPeer, type PeerEvent } from './java-peer.ts';
import { run } from './run.ts';
import { classPath, whyNoLocalZooKeeper } from './zookeeper.ts';

export type CuratorAvailability = { readonly classPath: string } | { readonly skip: string };

const sources = fileURLToPath(new URL('../interop/curator/', import.meta.url));
const jars = ['curator-client', 'curator-framework', 'curator-recipes', 'curator-x-discovery', 'guava'].map(
  (name) => `/usr/share/java/${name}.jar`,
);

/** Compiles the Java side, once a run, into a folder of its own; or says why it cannot. */
export async function buildCurator(): Promise<{ readonly found: CuratorAvailability; readonly remove: () => Promise<void> }> {
  const skip = whyNoCurator();
  if (skip !== undefined) return { found: { skip }, remove: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'docent-curator-'));
  const all = [...jars, classPath].join(':');
  const files = (await readdir(sources)).filter((name) => name.endsWith('.java')).map((name) => join(sources, name));
  const { status, stderr } = await run('javac', ['-d', folder, '-cp', all, ...files]);
  if (status !== 0) throw new Error(`the Java side of the tests with Curator does not compile:\n${stderr}`);
  return { found: { classPath: `${folder}:${all}` }, remove: () => rm(folder, { recursive: true }) };
}

function whyNoCurator(): string | undefined {
  const missing = jars.find((jar) => !existsSync(jar));
  if (missing !== undefined)
    return `Curator is not installed here (${missing} is missing; Debian's packages: libcurator-recipes-java, libcurator-discovery-java)`;
  if (spawnSync('javac', ['-version']).status !== 0) return "there is no javac on the PATH (Debian's package: openjdk-17-jdk-headless)";
  return whyNoLocalZooKeeper();
}

/** What may be told of a Java thread. Default: the thread `main`, and, where a wait may end in time, for ever. */
interface OnThread {
  readonly thread?: string | undefined;
}

interface Waiting extends OnThread {
  readonly timeoutMs?: number | undefined;
}

/** As `Discovery.java` makes it. */
export interface JavaService {
  readonly name: string;
  readonly id: string;
  readonly address: string;
  readonly port?: number;
  readonly sslPort?: number;
  readonly payload?: unknown;
  readonly uriSpec?: string;
  readonly isEnabled?: boolean;
  readonly type?: 'DYNAMIC' | 'DYNAMIC_SEQUENTIAL' | 'STATIC' | 'PERMANENT';
}

const foundByJava = z.object({
  id: z.string(),
  address: z.string(),
  port: z.number().nullable(),
  sslPort: z.number().nullable(),
  payload: z.unknown(),
  payloadClass: z.string().nullable(),
  registeredMs: z.number(),
  type: z.string(),
  uri: z.string().nullable(),
  isEnabled: z.boolean(),
});

const names = z.array(z.string());
const long = z.string().transform(BigInt);
const changed = z.object({ succeeded: z.boolean(), before: long, after: long });
const given = z.object({ consumer: z.string(), value: z.string() });
const candidates = z.array(z.object({ id: z.string(), leads: z.boolean() }));

/** The same for all who use the queue. */
interface QueueSettings {
  readonly kind?: 'fifo' | 'id' | 'priority' | 'delay';
  readonly lockPath?: string;
  readonly maxItems?: number;
}

/**
 * Apache Curator in a JVM of its own, with one session. Its locks belong to threads, so a call names the thread it is made by; a thread does one call
 * after the other. Objects are made upon the first call for a path (and an id).
 */
export class Curator implements AsyncDisposable {
  readonly #peer: JavaPeer;

  private constructor(peer: JavaPeer) {
    this.#peer = peer;
  }

  /** Resolves when it has a session; `hosts` may end in a chroot. */
  static async start(classPath: string, hosts: string, { sessionTimeoutMs = 10_000 } = {}): Promise<Curator> {
    return new Curator(await JavaPeer.start(classPath, [hosts, String(sessionTimeoutMs)]));
  }

  mutex(path: string) {
    return {
      ...this.#lock('mutex', { path }),
      participants: () => this.#ask('mutex.participants', names, { path }),
      /** From then on `revoked` events come for that path. Before it is acquired. */
      makeRevocable: ({ thread }: OnThread = {}) => this.#ask('mutex.makeRevocable', z.null(), { path, thread }),
    };
  }

  semaphoreMutex(path: string) {
    return this.#lock('semaphoreMutex', { path });
  }

  readWriteLock(path: string) {
    return {
      read: { ...this.#lock('read', { path }), participants: () => this.#ask('read.participants', names, { path }) },
      write: { ...this.#lock('write', { path }), participants: () => this.#ask('write.participants', names, { path }) },
    };
  }

  /** @param limit how many leases there are, or the path of the SharedCount that says so */
  semaphore(path: string, limit: number | { readonly count: string }) {
    const semaphore = { path, ...(typeof limit === 'number' ? { leases: limit } : limit) };
    return {
      /** The names of the leases' znodes; null if they were not to be had in time. */
      acquire: ({ permits, timeoutMs, thread }: Waiting & { readonly permits?: number | undefined } = {}) =>
        this.#ask('semaphore.acquire', names.nullable(), { ...semaphore, permits, timeoutMs, thread }),
      /** Those held longest come first. */
      release: ({ permits }: { readonly permits?: number | undefined } = {}) =>
        this.#ask('semaphore.release', z.null(), { ...semaphore, permits }),
      participants: () => this.#ask('semaphore.participants', names, semaphore),
    };
  }

  /** Asks the holder whose znode that is to give its lock up. */
  async revoke(znode: string): Promise<void> {
    await this.#ask('revoke', z.null(), { path: znode });
  }

  /** One candidate. Events: `leading`, `notLeading`, with the id. */
  latch(path: string, id: string) {
    const latch = { path, id };
    return {
      start: () => this.#ask('latch.start', z.null(), latch),
      await: ({ thread }: OnThread = {}) => this.#ask('latch.await', z.null(), { ...latch, thread }),
      close: () => this.#ask('latch.close', z.null(), latch),
      hasLeadership: () => this.#ask('latch.hasLeadership', z.boolean(), latch),
      leader: () => this.#ask('latch.leader', z.string(), latch),
      participants: () => this.#ask('latch.participants', candidates, latch),
    };
  }

  /** One candidate. Events: `leading`, `notLeading`, with the id. It leads until its term is ended. */
  selector(path: string, id: string) {
    const selector = { path, id };
    return {
      start: ({ autoRequeue }: { readonly autoRequeue?: boolean } = {}) =>
        this.#ask('selector.start', z.null(), { ...selector, autoRequeue }),
      requeue: () => this.#ask('selector.requeue', z.boolean(), selector),
      endTerm: () => this.#ask('selector.endTerm', z.null(), selector),
      interruptLeadership: () => this.#ask('selector.interruptLeadership', z.null(), selector),
      close: () => this.#ask('selector.close', z.null(), selector),
      hasLeadership: () => this.#ask('selector.hasLeadership', z.boolean(), selector),
      leader: () => this.#ask('selector.leader', z.string(), selector),
      participants: () => this.#ask('selector.participants', candidates, selector),
    };
  }

  barrier(path: string) {
    return {
      set: () => this.#ask('barrier.set', z.null(), { path }),
      remove: () => this.#ask('barrier.remove', z.null(), { path }),
      wait: ({ timeoutMs, thread }: Waiting = {}) => this.#ask('barrier.wait', z.boolean(), { path, timeoutMs, thread }),
    };
  }

  /** One member of it. */
  doubleBarrier(path: string, size: number, id: string) {
    const member = { path, size, id };
    return {
      enter: ({ timeoutMs, thread }: Waiting = {}) => this.#ask('doubleBarrier.enter', z.boolean(), { ...member, timeoutMs, thread }),
      leave: ({ timeoutMs, thread }: Waiting = {}) => this.#ask('doubleBarrier.leave', z.boolean(), { ...member, timeoutMs, thread }),
    };
  }

  /** Its data are text. */
  persistentNode(
    path: string,
    data: string,
    {
      mode = 'EPHEMERAL',
      protect = false,
    }: { readonly mode?: 'EPHEMERAL' | 'EPHEMERAL_SEQUENTIAL' | 'PERSISTENT'; readonly protect?: boolean } = {},
  ) {
    const node = { path, data, mode, protect };
    return {
      start: () => this.#ask('persistentNode.start', z.null(), node),
      /** Whether it was there in time. */
      created: ({ timeoutMs = 10_000 }: Waiting = {}) => this.#ask('persistentNode.created', z.boolean(), { ...node, timeoutMs }),
      path: () => this.#ask('persistentNode.path', z.string().nullable(), node),
      setData: (next: string) => this.#ask('persistentNode.setData', z.null(), { ...node, data: next }),
      close: () => this.#ask('persistentNode.close', z.null(), node),
    };
  }

  persistentTtlNode(path: string, data: string, ttlMs: number) {
    const node = { path, data, ttlMs };
    return {
      /** Whether it was there in time. */
      start: ({ timeoutMs = 10_000 }: Waiting = {}) => this.#ask('persistentTtlNode.start', z.boolean(), { ...node, timeoutMs }),
      close: () => this.#ask('persistentTtlNode.close', z.null(), node),
    };
  }

  /** Its data are text. */
  groupMember(path: string, id: string, data: string) {
    const member = { path, id, data };
    return {
      start: () => this.#ask('groupMember.start', z.null(), member),
      /** As it sees them at present: data by id. */
      members: () => this.#ask('groupMember.members', z.record(z.string(), z.string()), member),
      setData: (next: string) => this.#ask('groupMember.setData', z.null(), { ...member, data: next }),
      close: () => this.#ask('groupMember.close', z.null(), member),
    };
  }

  /** Entries by path, each as `czxid/mzxid:text`. */
  cache(kind: 'curatorCache' | 'treeCache', path: string) {
    return {
      /** Resolves when the first picture is whole. */
      start: () => this.#ask(`${kind}.start`, z.null(), { path }),
      entries: () => this.#ask(`${kind}.entries`, z.record(z.string(), z.string()), { path }),
      close: () => this.#ask(`${kind}.close`, z.null(), { path }),
    };
  }

  /** A znode whose data are text, compressed. */
  compressed(path: string) {
    return {
      create: (data: string) => this.#ask('compressed.create', z.string(), { path, data }),
      get: () => this.#ask('compressed.get', z.string(), { path }),
    };
  }

  /** Event: `count`, with the new value. Made with the seed if it is not there. */
  count(path: string, seed = 0) {
    return {
      get: () => this.#ask('count.get', z.number(), { path, seed }),
      set: (value: number) => this.#ask('count.set', z.null(), { path, seed, value }),
      /** False if somebody has changed it since this one has seen it. */
      trySet: (value: number) => this.#ask('count.trySet', z.boolean(), { path, seed, value }),
    };
  }

  /** A counter of 64 bits. With a lock, it is changed under that whenever another was faster once. */
  atomicLong(path: string, { lockPath }: { readonly lockPath?: string } = {}) {
    const counter = { path, lockPath };
    return {
      get: () => this.#ask('atomicLong.get', changed, counter),
      add: (value: bigint, { thread }: OnThread = {}) => this.#ask('atomicLong.add', changed, { ...counter, value: String(value), thread }),
      trySet: (value: bigint) => this.#ask('atomicLong.trySet', changed, { ...counter, value: String(value) }),
      compareAndSet: (expected: bigint, value: bigint) =>
        this.#ask('atomicLong.compareAndSet', changed, { ...counter, expected: String(expected), value: String(value) }),
      /** False if it was there already. */
      initialize: (value: bigint) => this.#ask('atomicLong.initialize', z.boolean(), { ...counter, value: String(value) }),
      forceSet: (value: bigint) => this.#ask('atomicLong.forceSet', z.null(), { ...counter, value: String(value) }),
    };
  }

  /**
   * Puts text. Of kind `fifo` unless said otherwise.
   *
   * @param settings `lockPath`: at-least-once, its claims are below it; an item whose work fails is put back. `maxItems`: puts wait while there are as many
   */
  queue(path: string, settings: QueueSettings = {}) {
    const queue = { path, kind: 'fifo', ...settings };
    return {
      /** Whether there was room for it in time. `priority`, `dueAt` (epoch ms), `itemId`: as its kind demands. */
      put: (value: string, options: { priority?: number; dueAt?: number; itemId?: string; timeoutMs?: number } & OnThread = {}) =>
        this.#ask('queue.put', z.boolean(), { ...queue, value, ...options }),
      /** All in one znode. */
      putAll: (values: readonly string[]) => this.#ask('queue.putAll', z.null(), { ...queue, values }),
      /** How many items it has taken out, of those nobody works at. */
      remove: (itemId: string) => this.#ask('queue.remove', z.number(), { ...queue, itemId }),
      close: () => this.#ask('queue.close', z.null(), queue),
      /** Another object on the same queue that takes. Event: `item`, with the consumer's id and the value; it keeps the item until `end`. */
      consumer: (id: string) => {
        const consumer = { ...queue, id };
        return {
          start: () => this.#ask('queue.start', z.null(), consumer),
          items$: this.events$.pipe(
            filter((seen) => seen.event === 'item' && seen.path === path),
            map(({ value }) => given.parse(value)),
            filter((item) => item.consumer === id),
            map((item) => item.value),
          ),
          /** How its work at the next item ends, or that it is at, if it was given none yet: `well: false`, by an exception. */
          end: ({ well = true } = {}) => this.#ask('queue.end', z.boolean(), { ...consumer, well, thread: `ending ${id}` }),
          close: () => this.#ask('queue.close', z.null(), consumer),
        };
      },
    };
  }

  simpleQueue(path: string) {
    return {
      offer: (value: string) => this.#ask('simpleQueue.offer', z.boolean(), { path, value }),
      take: ({ thread }: OnThread = {}) => this.#ask('simpleQueue.take', z.string(), { path, thread }),
      /** Null if there is none, at once or within `timeoutMs`. */
      poll: ({ timeoutMs, thread }: Waiting = {}) => this.#ask('simpleQueue.poll', z.string().nullable(), { path, timeoutMs, thread }),
      peek: () => this.#ask('simpleQueue.peek', z.string().nullable(), { path }),
    };
  }

  /**
   * curator-x-discovery below a base path. Event: `services`, with the ids of a followed service, when that has changed.
   *
   * @param payloadClass what Java makes of payloads. Default: any
   */
  discovery(
    path: string,
    { payloadClass, leavesEnabledOut }: { readonly payloadClass?: string; readonly leavesEnabledOut?: boolean } = {},
  ) {
    const discovery = { path, payloadClass, leavesEnabledOut };
    return {
      register: (instance: JavaService) => this.#ask('discovery.register', z.null(), { ...discovery, instance }),
      update: (instance: JavaService) => this.#ask('discovery.update', z.null(), { ...discovery, instance }),
      unregister: (instance: JavaService) => this.#ask('discovery.unregister', z.null(), { ...discovery, instance }),
      names: () => this.#ask('discovery.names', names, discovery),
      instances: (name: string) => this.#ask('discovery.instances', z.array(foundByJava), { ...discovery, name }),
      follow: (name: string) => this.#ask('discovery.follow', z.null(), { ...discovery, name }),
      /** The id of the one that its `ServiceProvider` picks next. */
      pick: (name: string) => this.#ask('discovery.pick', z.string().nullable(), { ...discovery, name }),
    };
  }

  /** What its serializer writes for instances of all kinds. */
  servicesWritten(): Promise<Readonly<Record<string, string>>> {
    return this.#ask('discovery.written', z.record(z.string(), z.string()), {});
  }

  sessionId(): Promise<bigint> {
    return this.#ask('sessionId', z.string().transform(BigInt), {});
  }

  /** `connection` (its value: CONNECTED, SUSPENDED, RECONNECTED, LOST), `revoked`, `leading`, `notLeading`, `count`, `item`: all so far, then each as it comes. */
  get events$(): Observable<PeerEvent> {
    return this.#peer.events$;
  }

  /** Resolves with the first event of that kind, past or to come, that is for the path. */
  event(event: string, path: string): Promise<PeerEvent> {
    return firstValueFrom(this.events$.pipe(filter((seen) => seen.event === event && seen.path === path)));
  }

  /** Interrupts what the thread is waiting for; false if it is idle. */
  interrupt(thread: string): Promise<boolean> {
    return this.#ask('interrupt', z.boolean(), { thread });
  }

  /** SIGKILL: as a crash would, so that its session ends by time. SIGSTOP and SIGCONT: a long pause. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#peer.signal(signal);
  }

  /** Closes its session and ends the JVM. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer[Symbol.asyncDispose]();
  }

  #lock(kind: string, lock: { readonly path: string }) {
    return {
      /** Whether it was acquired in time. */
      acquire: ({ timeoutMs, thread }: Waiting = {}) => this.#ask(`${kind}.acquire`, z.boolean(), { ...lock, timeoutMs, thread }),
      release: ({ thread }: OnThread = {}) => this.#ask(`${kind}.release`, z.null(), { ...lock, thread }),
    };
  }

  async #ask<T>(
    command: string,
    answer: z.ZodType<T>,
    { thread = 'main', ...args }: OnThread & Readonly<Record<string, unknown>>,
  ): Promise<T> {
    return answer.parse(await this.#peer.ask(thread, command, args));
  }
}
