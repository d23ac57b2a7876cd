/**
 * Row A: a driver alone, like the peers' raw drivers. Arguments: HOST:PORT WARM_MS RUN_MS RUNS IN_FLIGHT [wire|zookeeper]
 */
import { createWireDriver } from '../src/driver/wire/wire-driver.ts';
import { createZooKeeperDriver } from '../src/driver/zookeeper/zookeeper-driver.ts';
import { openAcl, silentLogger, systemClock } from '../src/index.ts';
import { Interval, repeat } from './measure.ts';

const [hosts = '', warmMs = '1000', runMs = '1500', runs = '3', inFlight = '1000', name = 'wire'] = process.argv.slice(2);
const [host = '', port = ''] = hosts.split(':');

const createDriver = name === 'zookeeper' ? createZooKeeperDriver : createWireDriver;
const driver = createDriver({
  hosts: [{ host, port: Number(port) }],
  chroot: '',
  sessionTimeoutMs: 30_000,
  readOnly: false,
  auth: [],
  tls: undefined,
  maxPendingRequests: 1_000_000,
  maxRequestBytes: 1_048_575,
  maxReplyBytes: 64 * 1024 * 1024,
  clock: systemClock,
  log: silentLogger,
});

const data = Buffer.alloc(100, 'x');
const root = `/bench-driver-${process.pid}`;
const create = (path: string) => driver.perform('create', { path, data, acl: openAcl, mode: 'persistent' });

const operations: Readonly<Record<string, (chain: number) => Promise<unknown>>> = {
  getData: (chain) => driver.perform('getData', { path: `${root}/n${chain}`, watch: false }),
  setData: (chain) => driver.perform('setData', { path: `${root}/n${chain}`, data, version: -1 }),
  'create+delete': async (chain) => {
    const path = `${root}/cd/${chain}`;
    await create(path);
    await driver.perform('delete', { path, version: -1 });
  },
  getChildren: () => driver.perform('getChildren', { path: `${root}/kids`, watch: false }),
};

await create(root);
await create(`${root}/kids`);
await create(`${root}/cd`);
await Promise.all(Array.from({ length: 10 }, (_, child) => create(`${root}/kids/child-${1_000_000_000 + child}`)));
await Promise.all(Array.from({ length: Number(inFlight) }, (_, node) => create(`${root}/n${node}`)));

for (const [op, operation] of Object.entries(operations)) {
  await measure(op, 'seq', 1, operation);
  await measure(op, `pipe${inFlight}`, Number(inFlight), operation);
}
await removeAll();
await driver.close();

async function measure(op: string, mode: string, chains: number, operation: (chain: number) => Promise<unknown>): Promise<void> {
  for (let run = 0; run <= Number(runs); run += 1) {
    const interval = new Interval();
    const counts = await Promise.all(
      Array.from({ length: chains }, (_, chain) => repeat(Number(run === 0 ? warmMs : runMs), () => operation(chain))),
    );
    const n = counts.reduce((sum, count) => sum + count, 0);
    if (run > 0) interval.print({ bench: 'A', peer: `docent ${name}`, op, mode, run, n });
  }
}

async function removeAll(): Promise<void> {
  const remove = (path: string) => driver.perform('delete', { path, version: -1 });
  for (const parent of [`${root}/kids`, `${root}/cd`, root]) {
    const { children } = await driver.perform('getChildren', { path: parent, watch: false });
    await Promise.all(children.map((child) => remove(`${parent}/${child}`)));
  }
  await remove(root);
}
