import type { Observable } from 'rxjs';
import type { Clock } from '../clock.ts';
import type { Capabilities } from '../driver/driver.ts';
import { InternalError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Acl, Stat } from '../znode.ts';
import type { CallOptions } from './calls/call-options.ts';
import type { ClientOptions } from './client-options.ts';
import type { ConnectionState } from './session/connection-state.ts';
import type { Session } from './session/session.ts';
import type { WatchEvent, WatchOptions } from './watches/watch-event.ts';
import type {
  AclOptions,
  CreatedNode,
  CreateOptions,
  Identity,
  NodeAcl,
  NodeChildren,
  NodeData,
  Reconfiguration,
  TransactionOperation,
  TransactionResult,
  WriteOptions,
  ZnodeData,
} from './znodes/znode-options.ts';

const todo = (): never => {
  throw new InternalError('not written yet');
};

export class Client implements AsyncDisposable {
  constructor(_options: ClientOptions) {}
  get state(): ConnectionState { return todo(); }
  get state$(): Observable<ConnectionState> { return todo(); }
  get errors$(): Observable<Error> { return todo(); }
  get session(): Session | undefined { return todo(); }
  get clock(): Clock { return todo(); }
  get logger(): Logger { return todo(); }
  get capabilities(): Capabilities { return todo(); }
  connected(_options?: Pick<CallOptions, 'timeoutMs' | 'signal'>): Promise<Session> { return todo(); }
  now(): number { return todo(); }
  reportError(_error: Error): void { return todo(); }
  get(_path: string, _options?: CallOptions): Promise<NodeData> { return todo(); }
  exists(_path: string, _options?: CallOptions): Promise<Stat | null> { return todo(); }
  children(_path: string, _options?: CallOptions): Promise<readonly string[]> { return todo(); }
  list(_path: string, _options?: CallOptions): Promise<NodeChildren> { return todo(); }
  create(_path: string, _data?: ZnodeData, _options?: CreateOptions): Promise<CreatedNode> { return todo(); }
  set(_path: string, _data: ZnodeData, _options?: WriteOptions): Promise<Stat> { return todo(); }
  delete(_path: string, _options?: WriteOptions): Promise<void> { return todo(); }
  deleteAll(_path: string, _options?: CallOptions): Promise<void> { return todo(); }
  deleteForSure(_path: string, _options: { readonly session: Session }): Promise<void> { return todo(); }
  ensurePath(_path: string, _options?: AclOptions): Promise<void> { return todo(); }
  getAcl(_path: string, _options?: CallOptions): Promise<NodeAcl> { return todo(); }
  setAcl(_path: string, _acl: readonly Acl[], _options?: WriteOptions): Promise<Stat> { return todo(); }
  sync(_path: string, _options?: CallOptions): Promise<void> { return todo(); }
  whoAmI(_options?: CallOptions): Promise<readonly Identity[]> { return todo(); }
  ephemerals(_path?: string, _options?: CallOptions): Promise<readonly string[]> { return todo(); }
  countDescendants(_path: string, _options?: CallOptions): Promise<number> { return todo(); }
  config(_options?: CallOptions): Promise<NodeData> { return todo(); }
  reconfig(_change: Reconfiguration): Promise<NodeData> { return todo(); }
  addAuth(_scheme: string, _credential: string | Uint8Array, _options?: CallOptions): Promise<void> { return todo(); }
  transaction(_operations: readonly TransactionOperation[], _options?: CallOptions): Promise<readonly TransactionResult[]> { return todo(); }
  watch(_path: string, _options?: WatchOptions): Observable<WatchEvent> { return todo(); }
  data$(_path: string): Observable<NodeData | null> { return todo(); }
  children$(_path: string): Observable<readonly string[] | null> { return todo(); }
  whenChanged(_path: string, _options?: CallOptions): Promise<'changed' | 'missing'> { return todo(); }
  usingNamespace(_namespace: string): Client { return todo(); }
  close(): Promise<void> { return todo(); }
  [Symbol.asyncDispose](): Promise<void> { return this.close(); }
}

export async function connect(_hosts: string, _options: Omit<ClientOptions, 'hosts'> = {}): Promise<Client> { return todo(); }
