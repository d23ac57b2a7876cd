import { existsSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { startContainer } from './container.ts';
import { startZooKeeper, whyNoLocalZooKeeper } from './zookeeper.ts';

export type Availability = { readonly hosts: string } | { readonly skip: string };

declare module 'vitest' {
  export interface ProvidedContext {
    realServer: Availability;
    localServers: { readonly skip: string } | undefined;
  }
}

interface Running {
  readonly from: string;
  readonly hosts: string;
  readonly stop: () => Promise<void>;
}

/** Finds a real ZooKeeper for the run: `ZK_HOSTS`, else Docker, else a local installation. Says at the end what was skipped for want of one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const localSkip = whyNoLocalZooKeeper();
  const found = await findServer(localSkip);
  const missing = [
    ...('skip' in found ? [`suites on a real ZooKeeper: ${found.skip}`] : []),
    ...(localSkip === undefined ? [] : [`suites that start and kill servers of their own: ${localSkip}`]),
  ];
  if (process.env['DOCENT_REQUIRE_REAL'] === '1' && missing.length > 0) {
    throw new Error(`DOCENT_REQUIRE_REAL=1, but these would be skipped:\n  ${missing.join('\n  ')}`);
  }
  project.provide('realServer', 'skip' in found ? found : { hosts: found.hosts });
  project.provide('localServers', localSkip === undefined ? undefined : { skip: localSkip });

  return async () => {
    if ('stop' in found) await found.stop();
    process.stdout.write('skip' in found ? '' : `\nReal ZooKeeper: ${found.from}\n`);
    for (const line of missing) process.stdout.write(`Skipped, ${line}\n`);
  };
}

async function findServer(localSkip: string | undefined): Promise<Running | { readonly skip: string }> {
  const hosts = process.env['ZK_HOSTS'];
  if (hosts !== undefined && hosts !== '') return { from: `ZK_HOSTS, ${hosts}`, hosts, stop: async () => {} };
  if (hasDockerSocket()) return await startContainer();
  if (localSkip !== undefined) return { skip: `ZK_HOSTS is not set, no Docker engine answers, and ${localSkip}` };
  const server = await startZooKeeper();
  return { from: `a local installation, ${server.hosts}`, hosts: server.hosts, stop: () => server[Symbol.asyncDispose]() };
}

function hasDockerSocket(): boolean {
  return process.env['DOCKER_HOST'] !== undefined || existsSync('/var/run/docker.sock');
}
