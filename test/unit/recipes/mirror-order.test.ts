import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NodeEvent } from '../../../recipes/caches/cached-node.ts';
import { Mirror } from '../../../recipes/caches/mirror/mirror.ts';
import { scopeOf } from '../../../recipes/caches/mirror/scope.ts';
import { nameOf, parentOf, type Stat, text, type WatchEvent } from '../../../src/index.ts';

const root = '/r';

const paths = [root, '/r/a', '/r/b', '/r/a/x', '/r/a/y', '/r/a/x/z'];

type Step = { readonly kind: 'toggle' | 'set'; readonly path: string } | { readonly kind: 'serve' | 'deliver' | 'gap' | 'resume' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('toggle' as const, 'set' as const), path: fc.constantFrom(...paths) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('serve' as const, 'deliver' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('gap' as const, 'resume' as const) }) },
);

/** A server, and the connection over which a mirror hears from it: events and answers in one order. */
class World {
  readonly mirror = new Mirror(
    scopeOf(root, 9, () => true, true),
    text,
  );
  /** Made of the events alone. */
  readonly copy = new Set<string>();
  readonly znodes = new Map<string, Stat>();
  #channel: (() => readonly NodeEvent<string>[])[] = [];
  #isInGap = false;
  #zxid = 0n;

  constructor() {
    this.mirror.suspect([]);
  }

  run(each: Step): void {
    switch (each.kind) {
      case 'toggle':
        return this.#toggle(each.path);
      case 'set':
        return this.#set(each.path);
      case 'serve':
        return this.#serve();
      case 'deliver':
        return this.#deliver();
      case 'gap':
        return this.#gap();
      case 'resume':
        return this.#resume();
    }
  }

  settle(): void {
    this.#resume();
    while (!this.mirror.isWhole || this.#channel.length > 0 || this.mirror.nodes.queued + this.mirror.lists.queued > 0) {
      this.#serve();
      while (this.#channel.length > 0) this.#deliver();
    }
  }

  #toggle(path: string): void {
    const parent = parentOf(path);
    const isDeletion = this.znodes.has(path);
    if (isDeletion ? this.#childrenOf(path).length > 0 : path !== root && !this.znodes.has(parent)) return;
    this.#zxid += 1n;
    const { czxid, mzxid, pzxid } = { czxid: this.#zxid, mzxid: this.#zxid, pzxid: this.#zxid };
    if (isDeletion) this.znodes.delete(path);
    else this.znodes.set(path, { ...blank, czxid, mzxid, pzxid });
    const above = this.znodes.get(parent);
    if (above !== undefined) this.znodes.set(parent, { ...above, pzxid, numChildren: this.#childrenOf(parent).length });
    this.#tell({ type: isDeletion ? 'deleted' : 'created', path });
  }

  #set(path: string): void {
    const stat = this.znodes.get(path);
    if (stat === undefined) return;
    this.#zxid += 1n;
    this.znodes.set(path, { ...stat, mzxid: this.#zxid });
    this.#tell({ type: 'changed', path });
  }

  #tell(event: Pick<WatchEvent, 'type' | 'path'>): void {
    if (!this.#isInGap) this.#channel.push(() => this.mirror.told(event));
  }

  #serve(): void {
    if (this.#isInGap) return;
    for (const want of this.mirror.nodes.take(2)) {
      const stat = this.znodes.get(want.path);
      const found = stat && { stat, data: Buffer.from(''), refusal: undefined };
      this.#channel.push(() => this.mirror.readNode(want, found));
    }
    for (const want of this.mirror.lists.take(1)) {
      const names = this.znodes.has(want.path) ? this.#childrenOf(want.path).map(nameOf) : undefined;
      this.#channel.push(() => this.mirror.readList(want, names));
    }
  }

  #deliver(): void {
    for (const { type, path } of this.#channel.shift()?.() ?? []) {
      if (type === 'added') {
        expect(path === root || this.copy.has(parentOf(path)), `${path} is added below what is there`).toBe(true);
        this.copy.add(path);
      }
      if (type !== 'removed') continue;
      const below = [...this.copy].filter((other) => other.startsWith(`${path}/`));
      expect(below, `below ${path} when it is removed`).toEqual([]);
      this.copy.delete(path);
    }
  }

  #gap(): void {
    this.#channel = [];
    this.#isInGap = true;
    this.mirror.recall();
  }

  #resume(): void {
    if (!this.#isInGap) return;
    this.#isInGap = false;
    this.mirror.suspect([...this.mirror.picture.nodes()].map(({ path }) => path));
  }

  #childrenOf(path: string): readonly string[] {
    return [...this.znodes.keys()].filter((other) => other.startsWith(`${path}/`) && parentOf(other) === path);
  }
}

const blank = {
  ctime: 0n,
  mtime: 0n,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  dataLength: 0,
  numChildren: 0,
};

test('whatever happens when, parents are added before and removed after their children, and a copy made of the events is the tree', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const world = new World();
      for (const each of steps) world.run(each);
      world.settle();
      const there = [...world.znodes.keys()].sort();
      expect([...world.copy].sort()).toEqual(there);
      expect([...world.mirror.picture.nodes()].map(({ path }) => path).sort()).toEqual(there);
    }),
    { numRuns: 2_000 },
  );
});
