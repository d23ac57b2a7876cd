import type { TestProject } from 'vitest/node';
import { startContainer } from '../../src/testing/container.ts';
import { readContainerOptions } from '../../src/testing/options.ts';
import { whyNoCClient } from './c-client.ts';
import { buildCurator, type CuratorAvailability } from './curator.ts';
import { dockerAnswers } from './docker.ts';
import { findKazoo, type Kazoo } from './kazoo.ts';
import { startZooKeeper, unhurriedReaper, whyNoLocalZooKeeper } from './zookeeper.ts';

export type Availability = { readonly hosts: string } | { readonly skip: string };

declare module 'vitest' {
  export interface ProvidedContext {
    realServer: Availability;
    localServers: { readonly skip: string } | undefined;
    kazoo: Kazoo;
    curator: CuratorAvailability;
    cClient: { readonly skip: string } | undefined;
    containers: { readonly skip: string } | undefined;
  }
}

interface Running {
  readonly kind: 'given' | 'container' | 'local';
  readonly from: string;
  readonly hosts: string;
  readonly stop: () => Promise<void>;
}

/** Suites that can do something with a real ZooKeeper; a run of others starts none. */
const wantingZooKeeper: ReadonlySet<string> = new Set([
  'client',
  'contract',
  'recipes',
  'faults',
  'interop',
  'ensemble',
  'security',
  'testing',
]);

/** Suites that run on both drivers. */
const wantingCClient: ReadonlySet<string> = new Set(['client', 'contract', 'recipes']);

/** Finds a real ZooKeeper for the run: `ZK_HOSTS`, else Docker, else a local installation. Says at the end what was skipped for want of one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const unwanted = whyUnwanted(project);
  const localSkip = unwanted ?? whyNoLocalZooKeeper();
  const found = unwanted === undefined ? await findServer(localSkip) : { skip: unwanted };
  const kazoo = runs(project, 'interop') ? findKazoo() : { skip: 'no chosen suite wants it' };
  const curator = runs(project, 'interop') ? await buildCurator() : { found: { skip: 'no chosen suite wants it' }, remove: async () => {} };
  const wantsCClient = project.vitest.projects.some(({ name }) => wantingCClient.has(name));
  const cClientSkip = wantsCClient ? whyNoCClient() : 'no chosen suite wants it';
  const containersSkip = whyNoContainers(found);
  const missing = [
    ...('skip' in found ? [`suites on a real ZooKeeper: ${found.skip}`] : []),
    ...(localSkip === undefined ? [] : [`suites that start and kill servers of their own: ${localSkip}`]),
    ...(wantsCClient && cClientSkip !== undefined ? [`suites on the driver over the C client: ${cClientSkip}`] : []),
    ...('skip' in kazoo && runs(project, 'interop') ? [`comparison with kazoo: ${kazoo.skip}`] : []),
    ...('skip' in curator.found && runs(project, 'interop') ? [`suites with Curator: ${curator.found.skip}`] : []),
  ];
  if (process.env['DOCENT_REQUIRE_REAL'] === '1' && unwanted === undefined && missing.length > 0) {
    if ('stop' in found) await found.stop();
    await curator.remove();
    throw new Error(`DOCENT_REQUIRE_REAL=1, but these would be skipped:\n  ${missing.join('\n  ')}`);
  }
  project.provide('realServer', 'skip' in found ? found : { hosts: found.hosts });
  project.provide('kazoo', kazoo);
  project.provide('curator', curator.found);
  project.provide('cClient', cClientSkip === undefined ? undefined : { skip: cClientSkip });
  project.provide('containers', containersSkip === undefined ? undefined : { skip: containersSkip });
  project.provide('localServers', localSkip === undefined ? undefined : { skip: localSkip });

  return async () => {
    if ('stop' in found) await found.stop();
    await curator.remove();
    if ('from' in found) process.stdout.write(`\nReal ZooKeeper: ${found.from}\n`);
    if (runs(project, 'testing') && containersSkip !== undefined)
      process.stdout.write(`Skipped, suites in containers: ${containersSkip}\n`);
    for (const line of missing) process.stdout.write(`Skipped, ${line}\n`);
  };
}

function runs({ vitest }: TestProject, suite: string): boolean {
  return vitest.projects.some(({ name }) => name === suite);
}

function whyUnwanted({ vitest }: TestProject): string | undefined {
  if (process.env['DOCENT_EMBEDDED_ONLY'] === '1') return 'DOCENT_EMBEDDED_ONLY=1';
  return vitest.projects.some(({ name }) => wantingZooKeeper.has(name)) ? undefined : 'none of the chosen suites wants one';
}

async function findServer(localSkip: string | undefined): Promise<Running | { readonly skip: string }> {
  const hosts = process.env['ZK_HOSTS'];
  if (hosts !== undefined && hosts !== '') return { kind: 'given', from: `ZK_HOSTS, ${hosts}`, hosts, stop: async () => {} };
  if (await dockerAnswers()) {
    const container = await tryContainer();
    if (container !== undefined) return container;
  } else if (isImageNamed()) throw new Error('ZOOKEEPER_IMAGE is set, but no Docker engine answers');
  if (localSkip !== undefined) return { skip: `ZK_HOSTS is not set, no Docker engine runs one, and ${localSkip}` };
  const server = await startZooKeeper();
  return { kind: 'local', from: `a local installation, ${server.hosts}`, hosts: server.hosts, stop: () => server[Symbol.asyncDispose]() };
}

/** An engine without the official image, and no way to get it, is as good as none; an image that was asked for by name must start. */
async function tryContainer(): Promise<Running | undefined> {
  try {
    const environment = { JVMFLAGS: `-Dzookeeper.extendedTypesEnabled=true ${unhurriedReaper}` };
    const options = readContainerOptions({ kind: 'container', minSessionTimeoutMs: 200, environment });
    const { image, host, port, stop } = await startContainer(options);
    const hosts = `${host}:${port}`;
    return { kind: 'container', from: `a container of ${image}, ${hosts}`, hosts, stop };
  } catch (error) {
    if (isImageNamed()) throw error;
    process.stdout.write(`A Docker engine answers, but ZooKeeper does not start in it: ${String(error)}\n`);
    return undefined;
  }
}

function isImageNamed(): boolean {
  return (process.env['ZOOKEEPER_IMAGE'] ?? '') !== '';
}

/** Where one has started, so will others. */
function whyNoContainers(found: Running | { readonly skip: string }): string | undefined {
  if ('skip' in found) return found.skip;
  switch (found.kind) {
    case 'container':
      return undefined;
    case 'given':
      return 'ZK_HOSTS is set';
    case 'local':
      return 'no Docker engine runs one';
  }
}
