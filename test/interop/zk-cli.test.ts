import { expect, test } from 'vitest';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { localServers, needed, realServer } from '../support/real-server.ts';
import { run } from '../support/run.ts';
import { classPath } from '../support/zookeeper.ts';

const commands = (root: string): readonly string[] => [
  `create ${root} top`,
  `create ${root}/a one`,
  `create ${root}/a again`,
  `create -s ${root}/s- two`,
  `create -e -s ${root}/e- three`,
  `create -c ${root}/container`,
  `create -t 3600000 ${root}/ttl four`,
  `get ${root}/a`,
  `get ${root}/missing`,
  `set ${root}/a changed`,
  `set -v 0 ${root}/a stale`,
  `get ${root}/a`,
  `ls ${root}`,
  `ls -R ${root}`,
  `getAllChildrenNumber ${root}`,
  `getEphemerals ${root}`,
  `getAcl ${root}`,
  'addauth digest user:secret',
  `setAcl ${root}/a auth:user:secret:cdrwa`,
  `getAcl ${root}/a`,
  'whoami',
  `sync ${root}`,
  `delete ${root}`,
  `delete ${root}/a`,
  `deleteall ${root}`,
  `ls ${root}`,
  // The last one's status is the shell's.
  'ls /zookeeper',
  'quit',
];

test("ZooKeeper's own shell sees of the embedded server what it sees of a real one", { timeout: 130_000 }, async (context) => {
  needed(context, localServers() ?? {});
  const real = needed(context, realServer());
  await using server = await startEmbeddedServer();
  const root = `/zk-cli-${process.pid}`;
  const [seenOfEmbedded, seenOfReal] = await Promise.all([see(server.hosts, root), see(real.hosts, root)]);
  expect(seenOfEmbedded).toEqual(seenOfReal);
  expect(seenOfEmbedded).toEqual(
    expect.arrayContaining([`Created ${root}`, 'one', 'changed', '[a, container, e-0000000002, s-0000000001, ttl]']),
  );
  expect(server.paths()).toEqual([]);
});

/** The lines of both outputs, sorted: the shell prints events when they come. The last one, of its own end, comes before that or not at all. */
async function see(hosts: string, root: string): Promise<readonly string[]> {
  const flags = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=off', '-cp', classPath];
  const input = commands(root)
    .map((command) => `${command}\n`)
    .join('');
  const { status, stdout, stderr } = await run('java', [...flags, 'org.apache.zookeeper.ZooKeeperMain', '-server', hosts], input);
  expect({ status, stderr }, stdout).toMatchObject({ status: 0 });
  const lines = `${stdout}\n${stderr}`.replaceAll(hosts, 'HOSTS').split('\n');
  return lines.filter((line) => !/^$|^WATCHER::$|^WatchedEvent state:Closed /.test(line)).sort();
}
