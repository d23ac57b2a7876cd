import type { Stat } from '../znode.ts';
import { type Codec, int, long, record } from './record.ts';

/** Says what the format is, and names the field where the input is too short. */
const declaredStat: Codec<Stat> = record('Stat', {
  czxid: long,
  mzxid: long,
  ctime: long,
  mtime: long,
  version: int,
  cversion: int,
  aversion: int,
  ephemeralOwner: long,
  dataLength: int,
  numChildren: int,
  pzxid: long,
});

/** Written by hand, since nearly every reply has one. */
export const statRecord: Codec<Stat> = {
  write: declaredStat.write,
  read(input) {
    if (input.left < statBytes) return declaredStat.read(input);
    return {
      czxid: input.long(),
      mzxid: input.long(),
      ctime: input.long(),
      mtime: input.long(),
      version: input.int(),
      cversion: input.int(),
      aversion: input.int(),
      ephemeralOwner: input.long(),
      dataLength: input.int(),
      numChildren: input.int(),
      pzxid: input.long(),
    };
  },
};

const statBytes = 68;
