import { Subject } from 'rxjs';
import type { Capabilities, Credentials, Driver, HostPort } from '../driver/driver.ts';
import { ClosedError, ConnectTimeoutError } from '../errors/connection.ts';
import { DocentError, describeCause, InternalError } from '../errors/docent-error.ts';
import { OperationTimeoutError } from '../errors/operation.ts';
import { SessionLostError } from '../errors/session.ts';
import type { CallOptions } from './calls/call-options.ts';
import { Caller } from './calls/caller.ts';
import type { Settings } from './client-options.ts';
import { openDriver } from './connect.ts';
import type { DynamicConfig } from './ensemble/dynamic-config.ts';
import { followConfig } from './ensemble/follow-config.ts';
import type { Session } from './session/session.ts';
import { SessionKeeper } from './session/session-keeper.ts';
import { WatchTable } from './watches/watch-table.ts';
import { CreatesUnderWay } from './znodes/creates-under-way.ts';

/** What all namespaces of a client share: the session, what is under way, and the watches. */
export class Core {
  readonly settings: Settings;
  readonly keeper: SessionKeeper;
  readonly caller: Caller;
  readonly watches: WatchTable;
  readonly creates = new CreatesUnderWay();
  readonly errors$ = new Subject<Error>();
  /** Stands for this core where others may look at it, as loggers do with getters: it shows nothing of the settings. */
  readonly scope: object = Object.freeze({});
  readonly #auth: Credentials[];
  /** The ensemble's present members, as far as its configuration is followed. */
  #members: readonly HostPort[] = [];
  #lastDriver: Driver | undefined;
  #closed: Promise<void> | undefined;

  constructor(settings: Settings) {
    this.settings = settings;
    this.#auth = [...settings.auth];
    this.keeper = new SessionKeeper(settings, () => openDriver(settings, this.#hosts, [...this.#auth]), {
      established: (lifetime, contact) => {
        this.watches.established(lifetime, contact);
        if (!settings.followConfig || contact !== 'new' || lifetime.session === undefined) return;
        // It never rejects: what ends it early is reported.
        void this.#followConfig(lifetime.session);
      },
      ended: () => this.watches.sessionEnded(),
      event: (type, path) => this.watches.event(type, path),
      trouble: (error) => this.reportError(error),
    });
    this.caller = new Caller(settings, this.keeper, (error) => this.reportError(error));
    this.watches = new WatchTable(this.caller, () => this.capabilities);
    this.keeper.start();
  }

  get capabilities(): Capabilities {
    return this.#driver.capabilities;
  }

  get driverName(): string {
    return this.#driver.name;
  }

  /** For what nobody else can be told. */
  reportError(error: Error): void {
    this.settings.logger.error({ err: error }, describeCause(error));
    this.errors$.next(error);
  }

  /** A session beside the client's own, for something that must leave no trace in that one. Whoever opens it closes it. */
  openAnother(): Driver {
    return openDriver(this.settings, this.#hosts, [...this.#auth]);
  }

  /** What all later sessions authenticate with too. */
  addAuth(credentials: Credentials): void {
    this.#auth.push(credentials);
  }

  /** Waits for a session with contact, or for the certainty that there will be none. */
  async connected({ timeoutMs = this.settings.connectTimeoutMs, signal }: Pick<CallOptions, 'timeoutMs' | 'signal'>): Promise<Session> {
    try {
      return await this.caller.run({ operation: 'connect', path: '/', prefix: '' }, { timeoutMs, signal }, async (call) => {
        for (;;) {
          call.throwIfOver();
          const { lifetime, state, refusal } = this.keeper;
          if (lifetime?.session !== undefined && state === 'connected') return lifetime.session;
          if (refusal !== undefined) throw refusal;
          await call.until((resume) => this.keeper.whenTurned(resume));
        }
      });
    } catch (error) {
      if (!(error instanceof OperationTimeoutError)) throw error;
      // biome-ignore lint/style/useErrorCause: the last trouble tells more than the time that has passed
      throw new ConnectTimeoutError(this.#hosts.map(nameOfHost), timeoutMs, this.keeper.lastTrouble ?? error);
    }
  }

  /** Idempotent, never rejects, takes `closeTimeoutMs` at most. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Where to look for a server: what we were given, and what we have learnt. */
  get #hosts(): readonly HostPort[] {
    const byName = [...this.settings.hosts, ...this.#members].map((host) => [nameOfHost(host).toLowerCase(), host] as const);
    return [...new Map(byName).values()];
  }

  async #followConfig(session: Session): Promise<void> {
    const { caller, watches, settings } = this;
    try {
      await followConfig({ caller, watches, chroot: settings.chroot, session, learn: (config) => this.#learn(config) });
    } catch (error) {
      if (error instanceof ClosedError || error instanceof SessionLostError) return;
      this.reportError(
        error instanceof DocentError ? error : new InternalError('the configuration is not followed any longer', { cause: error }),
      );
    }
  }

  #learn(config: DynamicConfig): void {
    this.#members = this.settings.tls === undefined ? config.plain : config.secure;
    const hosts = this.#hosts;
    this.settings.logger.info({ hosts: hosts.map(nameOfHost) }, 'servers to connect to, by the configuration');
    this.keeper.lifetime?.driver.setHosts(hosts);
  }

  /** The present one, or the last. */
  get #driver(): Driver {
    this.#lastDriver = this.keeper.lifetime?.driver ?? this.#lastDriver;
    if (this.#lastDriver === undefined) throw new InternalError('there has been no driver');
    return this.#lastDriver;
  }

  async #close(): Promise<void> {
    const { clock, closeTimeoutMs } = this.settings;
    const startedMs = clock.now();
    const stopTimer: (() => void)[] = [];
    const timeIsUp = new Promise<void>((resolve) => stopTimer.push(clock.setTimer(closeTimeoutMs, resolve)));
    // Before the calls under way are ended, those of the streams among them.
    this.watches.close();
    await this.caller.stopCalls();
    await Promise.race([this.caller.cleanedUp(), timeIsUp]);
    await this.caller.stopCleanups();
    const leftMs = Math.max(0, closeTimeoutMs - (clock.now() - startedMs));
    await Promise.race([this.keeper.close(leftMs), timeIsUp]);
    for (const stop of stopTimer) stop();
    this.errors$.complete();
  }
}

function nameOfHost({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A client's share in a core: a prefix, and whether closing the client ends all. */
export class CoreView {
  readonly core: Core;
  readonly prefix: string;
  readonly isOwner: boolean;

  constructor(core: Core, prefix: string, isOwner: boolean) {
    this.core = core;
    this.prefix = prefix;
    this.isOwner = isOwner;
  }
}
