export type { Faults } from './faults.ts';
export type { EmbeddedServerOptions } from './options.ts';
export type {
  RequestFault,
  RequestMatch,
  ServedRequest,
} from './request-faults.ts';
export {
  EmbeddedServer,
  type EmbeddedSession,
  startEmbeddedServer,
} from './server.ts';
