import { bytes, long, nullableString, record } from '../record.ts';
import { statRecord } from '../stat.ts';
import { operation } from './operation.ts';

/** Changes the ensemble's members; answers with the new configuration, as the data of `/zookeeper/config`. */
export const reconfig = operation(
  16,
  record('ReconfigRequest', {
    joiningServers: nullableString,
    leavingServers: nullableString,
    newMembers: nullableString,
    curConfigId: long,
  }),
  record('GetDataResponse', { data: bytes, stat: statRecord }),
);
