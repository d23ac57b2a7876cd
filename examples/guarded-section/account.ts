import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the account was after each withdrawal. */
interface Entry {
  readonly balance: number;
  /** The fencing token of who wrote it. */
  readonly token: string;
}

/** Somebody with a larger token has been here since. */
export class StaleTokenError extends Error {
  override readonly name = 'StaleTokenError';
}

/**
 * An account that is kept in a folder, one file for each state: `1.json`, `2.json` … It keeps itself from those who held the lock once and do not know yet
 * that they lost it: a smaller token than the last one is refused, and a state that somebody else has written meanwhile cannot be written again.
 */
export class Account {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(balance: number): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await this.#write(1, { balance, token: '0' });
  }

  async balance(): Promise<number> {
    return (await this.#last()).entry.balance;
  }

  /** @throws {StaleTokenError} the token is not the last one's any more */
  async withdraw(amount: number, token: bigint, approve: () => Promise<void>): Promise<number> {
    const { number, entry } = await this.#last();
    const balance = entry.balance - amount;
    if (balance < 0) throw new RangeError(`there are only ${entry.balance}`);
    await approve();
    const { token: newest } = (await this.#last()).entry;
    if (token < BigInt(newest)) throw new StaleTokenError(`token ${token} came after ${newest}, which is newer`);
    await this.#write(number + 1, { balance, token: String(token) });
    return balance;
  }

  async #last(): Promise<{ number: number; entry: Entry }> {
    const numbers = (await readdir(this.#folder)).flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number);
    const number = Math.max(...numbers);
    // Nobody but this class writes there.
    return { number, entry: JSON.parse(await readFile(this.#file(number), 'utf8')) as Entry };
  }

  /** All or nothing, and only if nobody has written that state: a link to an existing name fails. */
  async #write(number: number, entry: Entry): Promise<void> {
    const draft = join(this.#folder, `draft-${process.pid}-${entry.token}`);
    await writeFile(draft, JSON.stringify(entry));
    try {
      await link(draft, this.#file(number));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      throw new StaleTokenError(`somebody has written state ${number} before token ${entry.token} did`, { cause: error });
    } finally {
      await rm(draft);
    }
  }

  #file(number: number): string {
    return join(this.#folder, `${number}.json`);
  }
}
