import type { Credentials, Driver, HostPort } from '../driver/driver.ts';
import { createWireDriver } from '../driver/wire/wire-driver.ts';
import type { Settings } from './client-options.ts';

/** Opens the driver of the next session: docent's own, unless the options name another. */
export function openDriver(settings: Settings, hosts: readonly HostPort[], auth: readonly Credentials[]): Driver {
  const { chroot, sessionTimeoutMs, readOnly, tls, maxPendingRequests, maxRequestBytes, maxReplyBytes, clock, logger } = settings;
  const create = settings.driver ?? createWireDriver;
  return create({
    hosts,
    chroot,
    sessionTimeoutMs,
    readOnly,
    auth,
    tls,
    maxPendingRequests,
    maxRequestBytes,
    maxReplyBytes,
    clock,
    log: logger,
  });
}
