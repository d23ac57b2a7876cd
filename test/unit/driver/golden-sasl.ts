import { replyHeader, requestHeader } from '../../../src/protocol/headers.ts';
import { JuteReader } from '../../../src/protocol/jute.ts';
import { readFrames } from '../../golden/frames.ts';

/** What Java's client and a real server said to each other about anna, whose password is `secret`. */
export const goldenSasl = {
  challenge: tokenOf('sasl reply, challenge'),
  response: tokenOf('sasl request, response'),
  proof: tokenOf('sasl reply, done'),
  clientNonce: 'q5heJ2eGNz0epDEU34LfW6P4vYlDc99IdOLwFawu',
} as const;

function tokenOf(frame: string): Buffer {
  const found = readFrames('java-sasl.hex').find(({ name }) => name === frame);
  const input = new JuteReader(found?.bytes.subarray(4) ?? Buffer.alloc(0));
  (frame.startsWith('sasl request') ? requestHeader : replyHeader).read(input);
  return Buffer.from(input.bytes() ?? []);
}
