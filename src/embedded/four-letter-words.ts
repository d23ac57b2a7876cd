/** What the words report. */
export interface Report {
  readonly connections: number;
  readonly sessions: number;
  readonly requests: number;
  readonly lastZxid: bigint;
  readonly znodes: number;
  readonly ephemerals: number;
  readonly watches: number;
}

const words: Readonly<Record<string, (report: Report) => string>> = {
  isro: () => 'rw',
  mntr,
  ruok: () => 'imok',
  srvr,
};
const version = '3.8.0-docent-embedded';

/** Do a connection's first bytes ask for a report, instead of a session? */
export function isFourLetterWord(bytes: Buffer): boolean {
  return Object.hasOwn(words, bytes.toString('latin1', 0, 4));
}

/** @see ZooKeeper Administrator's Guide, "The Four Letter Words" */
export function answerTo(word: string, report: Report): string {
  return words[word]?.(report) ?? '';
}

function srvr({ requests, connections, lastZxid, znodes }: Report): string {
  return [
    `Zookeeper version: ${version}`,
    'Latency min/avg/max: 0/0.0/0',
    `Received: ${requests}`,
    `Sent: ${requests}`,
    `Connections: ${connections}`,
    'Outstanding: 0',
    `Zxid: 0x${lastZxid.toString(16)}`,
    'Mode: standalone',
    `Node count: ${znodes}`,
    '',
  ].join('\n');
}

function mntr(report: Report): string {
  const facts = {
    zk_version: version,
    zk_server_state: 'standalone',
    zk_num_alive_connections: report.connections,
    zk_global_sessions: report.sessions,
    zk_packets_received: report.requests,
    zk_outstanding_requests: 0,
    zk_znode_count: report.znodes,
    zk_watch_count: report.watches,
    zk_ephemerals_count: report.ephemerals,
  };
  return Object.entries(facts)
    .map(([name, value]) => `${name}\t${value}\n`)
    .join('');
}
