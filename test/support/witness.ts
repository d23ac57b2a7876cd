import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import type { Logger } from '../../src/index.ts';

const channels = ['docent:operation', 'docent:state'] as const;

/** Takes note of all that can be seen of a client from outside, and searches it for what must not be seen. */
export class Witness implements Disposable {
  /** Names of the errors seen. */
  readonly errors: string[] = [];
  /** How much was logged, by level. */
  readonly logged: Record<keyof Logger, number> = { debug: 0, info: 0, warn: 0, error: 0 };
  readonly #seen: string[] = [];
  readonly #hear = (message: unknown) => this.see(message);

  constructor() {
    for (const channel of channels) subscribe(channel, this.#hear);
  }

  /** Everything of every level. */
  readonly logger: Logger = {
    debug: (facts, message) => this.#log('debug', facts, message),
    info: (facts, message) => this.#log('info', facts, message),
    warn: (facts, message) => this.#log('warn', facts, message),
    error: (facts, message) => this.#log('error', facts, message),
  };

  /** Whatever a logger, a debugger or a person would make of it. */
  see(thing: unknown): void {
    this.#seen.push(String(thing), inspect(thing, everything), JSON.stringify(thing, withBigints) ?? '');
    if (!(thing instanceof Error)) return;
    this.errors.push(thing.name);
    this.#seen.push(thing.message, thing.stack ?? '');
    // Own properties that are not enumerable would not come into the JSON.
    const all = Object.getOwnPropertyNames(thing).map((name) => [name, Reflect.get(thing, name)]);
    this.#seen.push(JSON.stringify(Object.fromEntries(all), withBigints));
    if (thing.cause !== undefined) this.see(thing.cause);
  }

  /** The error that `attempt` ends in; it must end in one. */
  async failed(attempt: () => unknown): Promise<void> {
    let result: unknown;
    try {
      result = await attempt();
    } catch (error) {
      this.see(error);
      return;
    }
    throw new Error(`no error, but ${inspect(result)}`);
  }

  /** The forms in which the secret was seen. */
  leaksOf(secret: string): readonly string[] {
    const bytes = Buffer.from(secret);
    const seen = this.#seen.join('\n');
    const packed = seen.replace(/\s/g, '');
    const forms = {
      text: seen.includes(secret),
      base64: packed.includes(bytes.toString('base64').replace(/=+$/, '')),
      hex: packed.toLowerCase().includes(bytes.toString('hex')),
      numbers: packed.includes([...bytes].join(',')),
    };
    return Object.entries(forms).flatMap(([form, isThere]) => (isThere ? [form] : []));
  }

  [Symbol.dispose](): void {
    for (const channel of channels) unsubscribe(channel, this.#hear);
  }

  #log(level: keyof Logger, facts: object, message: string): void {
    this.logged[level] += 1;
    this.see(facts);
    this.see(message);
    for (const fact of Object.values(facts)) if (fact instanceof Error) this.see(fact);
  }
}

const everything = {
  depth: Number.POSITIVE_INFINITY,
  showHidden: true,
  getters: true,
  maxArrayLength: null,
  maxStringLength: null,
} as const;

function withBigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
