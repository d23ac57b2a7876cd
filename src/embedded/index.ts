export type { Faults } from './faults.ts';
export { FaultyProxy, type ProxyTarget } from './faulty-proxy.ts';
export type { EmbeddedServerOptions } from './options.ts';
export type {
  ConnectionCode,
  ErrorCode,
  RequestFault,
  RequestMatch,
  ServedRequest,
} from './request-faults.ts';
export {
  EmbeddedServer,
  type EmbeddedSession,
  startEmbeddedServer,
} from './server.ts';
