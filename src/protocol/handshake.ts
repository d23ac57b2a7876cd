import { bytes, type Codec, int, located, long, record } from './record.ts';

/** What a client says first on every connection. `sessionId` 0 asks for a new session. */
export interface ConnectRequest {
  readonly protocolVersion: number;
  readonly lastZxidSeen: bigint;
  readonly timeOut: number;
  readonly sessionId: bigint;
  readonly passwd: Uint8Array | null;
  readonly readOnly: boolean;
}

/** What a server says first. `timeOut` 0 or less means: that session is over. */
export interface ConnectResponse {
  readonly protocolVersion: number;
  readonly timeOut: number;
  readonly sessionId: bigint;
  readonly passwd: Uint8Array | null;
  readonly readOnly: boolean;
}

const request = record('ConnectRequest', { protocolVersion: int, lastZxidSeen: long, timeOut: int, sessionId: long, passwd: bytes });
const response = record('ConnectResponse', { protocolVersion: int, timeOut: int, sessionId: long, passwd: bytes });

export const connectRequest: Codec<ConnectRequest> = withReadOnly('ConnectRequest', request);
export const connectResponse: Codec<ConnectResponse> = withReadOnly('ConnectResponse', response);

/** The last field came with ZooKeeper 3.4 (ZOOKEEPER-784). Some clients still leave it out, go-zookeeper among them. */
function withReadOnly<T extends object>(name: string, base: Codec<T>): Codec<T & { readonly readOnly: boolean }> {
  return {
    write(out, value) {
      base.write(out, value);
      out.bool(value.readOnly);
    },
    read(input) {
      const value = base.read(input);
      if (input.left === 0) return { ...value, readOnly: false };
      try {
        return { ...value, readOnly: input.bool() };
      } catch (error) {
        throw located(error, name, 'readOnly');
      }
    },
  };
}
