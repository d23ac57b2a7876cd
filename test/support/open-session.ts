import { filter, firstValueFrom, ReplaySubject } from 'rxjs';
import { systemClock } from '../../src/clock.ts';
import type { Driver, DriverOptions, HostPort, Notice, RequestOf } from '../../src/driver/driver.ts';
import { silentLogger } from '../../src/log.ts';
import { creatorAllAcl, openAcl } from '../../src/znode.ts';

export const driverDefaults: Omit<DriverOptions, 'hosts'> = {
  chroot: '',
  sessionTimeoutMs: 6_000,
  readOnly: false,
  auth: [],
  tls: undefined,
  maxPendingRequests: 10_000,
  maxRequestBytes: 1_048_575,
  maxReplyBytes: 4 * 1_048_576,
  clock: systemClock,
  log: silentLogger,
};

/** `h1:1,h2:2` as drivers take it. */
export function hostList(hosts: string): readonly HostPort[] {
  return hosts.split(',').map((each) => {
    const [host = '', port = ''] = each.split(':');
    return { host, port: Number(port) };
  });
}

/** A driver and what it has told. */
export class OpenSession {
  readonly driver: Driver;
  readonly #notices = new ReplaySubject<Notice>();

  constructor(driver: Driver) {
    this.driver = driver;
    driver.notices$.subscribe(this.#notices);
  }

  /** All notices so far, as they came. */
  get notices(): readonly Notice[] {
    const seen: Notice[] = [];
    this.#notices.subscribe((notice) => seen.push(notice)).unsubscribe();
    return seen;
  }

  /** The events so far, as `type path`. */
  get events(): readonly string[] {
    return this.notices.flatMap((notice) => (notice.kind === 'event' ? [`${notice.type} ${notice.path}`] : []));
  }

  /** The first notice of that kind, past or to come; with `count`, that many of them. */
  async seen<K extends Notice['kind']>(kind: K, count = 1): Promise<Extract<Notice, { kind: K }>> {
    let left = count;
    const isThat = (notice: Notice): notice is Extract<Notice, { kind: K }> => {
      if (notice.kind === kind) left -= 1;
      return notice.kind === kind && left === 0;
    };
    return firstValueFrom(this.#notices.pipe(filter(isThat)));
  }

  create(path: string, request: Partial<RequestOf<'create'>> = {}) {
    return this.driver.perform('create', { path, data: null, acl: openAcl, mode: 'persistent', ...request });
  }

  /** Makes a znode that is closed to whoever has not authenticated as this session has. */
  async createForUs(path: string, request: Partial<RequestOf<'create'>> = {}): Promise<void> {
    if (this.driver.capabilities.createAcl) await this.create(path, { ...request, acl: creatorAllAcl });
    else {
      await this.create(path, request);
      await this.driver.perform('setAcl', { path, acl: creatorAllAcl, version: 0 });
    }
  }

  getData(path: string, watch = false) {
    return this.driver.perform('getData', { path, watch });
  }

  setData(path: string, data: string | null = null, version = -1) {
    return this.driver.perform('setData', { path, data: data === null ? null : Buffer.from(data), version });
  }

  delete(path: string, version = -1) {
    return this.driver.perform('delete', { path, version });
  }

  exists(path: string, watch = false) {
    return this.driver.perform('exists', { path, watch });
  }

  getChildren(path: string, watch = false) {
    return this.driver.perform('getChildren', { path, watch });
  }

  /** When this is back, every event of what was answered before has been told. */
  async settled(): Promise<void> {
    await this.driver.perform('sync', { path: '/' });
    await this.exists('/');
  }
}
