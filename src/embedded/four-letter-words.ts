/** What the words report. */
export interface Report {
  readonly port: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly connections: readonly ReportedConnection[];
  readonly sessions: readonly { readonly id: bigint; readonly ephemerals: readonly string[] }[];
  readonly requests: number;
  readonly lastZxid: bigint;
  readonly znodes: number;
  readonly watches: number;
}

export interface ReportedConnection {
  /** `address:port`. */
  readonly peer: string;
  /** Undefined before the handshake. */
  readonly session: { readonly id: bigint; readonly timeoutMs: number } | undefined;
  /** What it watches, each once. */
  readonly watched: readonly string[];
}

export const wordBytes = 4;

const version = '3.8.0-docent-embedded';

// Nothing is counted that could be reset, and nothing is kept on a disk.
const words: Readonly<Record<string, (report: Report) => string>> = {
  conf,
  cons: ({ connections }) => lines([...connections.map(client), '']),
  crst: () => 'Connection stats reset.\n',
  dirs: () => 'datadir_size: 0\nlogdir_size: 0\n',
  dump,
  envi,
  isro: () => 'rw',
  mntr,
  ruok: () => 'imok',
  srst: () => 'Server stats reset.\n',
  srvr: (report) => lines([`Zookeeper version: ${version}`, ...summary(report)]),
  stat: (report) => lines([`Zookeeper version: ${version}`, 'Clients:', ...report.connections.map(client), '', ...summary(report)]),
  wchc: ({ connections }) => grouped(pairs(connections)),
  wchp: ({ connections }) => grouped(pairs(connections).map(([session, path]) => [path, session])),
  wchs,
};

/** Do a connection's first bytes, four at the least, ask for a report, instead of a session? */
export function isFourLetterWord(bytes: Buffer): boolean {
  return Object.hasOwn(words, bytes.toString('latin1', 0, wordBytes));
}

/** @see ZooKeeper Administrator's Guide, "The Four Letter Words" */
export function answerTo(word: string, report: Report): string {
  return words[word]?.(report) ?? '';
}

function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join('');
}

function hex(id: bigint): string {
  return `0x${BigInt.asUintN(64, id).toString(16)}`;
}

function client({ peer, session }: ReportedConnection): string {
  const of = session === undefined ? '' : `,sid=${hex(session.id)},to=${session.timeoutMs}`;
  return ` /${peer}[${session === undefined ? 0 : 1}](queued=0,recved=0,sent=0${of})`;
}

function conf({ port, minSessionTimeoutMs, maxSessionTimeoutMs }: Report): string {
  return lines([
    `clientPort=${port}`,
    'secureClientPort=-1',
    'tickTime=2000',
    'maxClientCnxns=0',
    `minSessionTimeout=${minSessionTimeoutMs}`,
    `maxSessionTimeout=${maxSessionTimeoutMs}`,
    'serverId=1',
  ]);
}

function envi(): string {
  return lines([
    'Environment:',
    `zookeeper.version=${version}`,
    `node.version=${process.versions.node}`,
    `os.name=${process.platform}`,
    `os.arch=${process.arch}`,
  ]);
}

function dump({ connections, sessions }: Report): string {
  const owners = sessions.filter(({ ephemerals }) => ephemerals.length > 0);
  const attached = connections.flatMap(({ session }) => (session === undefined ? [] : [hex(session.id)]));
  return lines([
    'SessionTracker dump:',
    `Session Sets (1)/(${sessions.length}):`,
    ...sessions.map(({ id }) => `\t${hex(id)}`),
    'ephemeral nodes dump:',
    `Sessions with Ephemerals (${owners.length}):`,
    ...owners.flatMap(({ id, ephemerals }) => [`${hex(id)}:`, ...ephemerals.map((path) => `\t${path}`)]),
    'Connections dump:',
    `Connections Sets (1)/(${attached.length}):`,
    ...attached.map((id) => `\t${id}`),
  ]);
}

function summary({ requests, connections, lastZxid, znodes }: Report): readonly string[] {
  return [
    'Latency min/avg/max: 0/0.0/0',
    `Received: ${requests}`,
    `Sent: ${requests}`,
    `Connections: ${connections.length}`,
    'Outstanding: 0',
    `Zxid: 0x${lastZxid.toString(16)}`,
    'Mode: standalone',
    `Node count: ${znodes}`,
  ];
}

function mntr(report: Report): string {
  const facts = {
    zk_version: version,
    zk_server_state: 'standalone',
    zk_num_alive_connections: report.connections.length,
    zk_global_sessions: report.sessions.length,
    zk_packets_received: report.requests,
    zk_outstanding_requests: 0,
    zk_znode_count: report.znodes,
    zk_watch_count: report.watches,
    zk_ephemerals_count: report.sessions.reduce((count, { ephemerals }) => count + ephemerals.length, 0),
  };
  return lines(Object.entries(facts).map(([name, value]) => `${name}\t${value}`));
}

function wchs({ connections, watches }: Report): string {
  const watching = connections.filter(({ watched }) => watched.length > 0);
  const paths = new Set(watching.flatMap(({ watched }) => watched));
  return lines([`${watching.length} connections watching ${paths.size} paths`, `Total watches:${watches}`]);
}

/** Session and path of every watch. */
function pairs(connections: readonly ReportedConnection[]): readonly (readonly [string, string])[] {
  return connections.flatMap(({ session, watched }) =>
    session === undefined ? [] : watched.map((path) => [hex(session.id), path] as const),
  );
}

function grouped(pairs: readonly (readonly [string, string])[]): string {
  const groups = new Map<string, string[]>();
  for (const [name, member] of pairs) {
    const members = groups.get(name);
    if (members === undefined) groups.set(name, [member]);
    else members.push(member);
  }
  return lines([...groups].flatMap(([name, members]) => [name, ...members.map((member) => `\t${member}`)]));
}
