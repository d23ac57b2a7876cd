import { styleText } from 'node:util';
import type { Clock } from '../../src/index.ts';
import type { JsonObject, Printer } from '../print.ts';
import { machineNowMs } from './machine-time.ts';
import type { Verdict } from './verdict.ts';

type Style = Parameters<typeof styleText>[0];

interface Event {
  readonly atMs: number;
  readonly actor: string;
  readonly text: string;
}

// Reports of different processes may arrive in another order than things happened in; after so long they are all here.
const settleMs = 100;
// What any terminal shows without breaking words.
const lineLength = 80;
const actorStyles: readonly Style[] = ['cyan', 'magenta', 'yellow', 'blue'];

/**
 * The story of the demo, printed while it happens: each event with its time, its actor and what happened, in the order of their times,
 * whatever the order in which we heard of them; and the verdict of each act.
 */
export class Timeline {
  readonly #printer: Printer;
  readonly #clock: Clock;
  readonly #colours: boolean;
  readonly #originMs = machineNowMs();
  readonly #styles = new Map<string, Style>();
  #act = 0;
  #pending: Event[] = [];
  #printedUntilMs = 0;
  #isDue = false;
  #writing: Promise<void> = Promise.resolve();
  #claims = 0;
  #failures = 0;

  constructor(printer: Printer, clock: Clock, colours: boolean) {
    this.#printer = printer;
    this.#clock = clock;
    this.#colours = colours;
  }

  /** How many verdicts were given. */
  get claims(): number {
    return this.#claims;
  }

  /** How many of them were false. */
  get failures(): number {
    return this.#failures;
  }

  heading(text: string): void {
    this.#write(`${text}\n`, { kind: 'heading', text });
  }

  /** @param told what it shows; its line breaks do not matter */
  act(title: string, told: string): void {
    this.#act += 1;
    const shows = told.trim().replace(/\s+/g, ' ');
    this.#write(`\n${this.#paint('bold', `Act ${this.#act}: ${title}`)}\n${inLines(shows)}\n\n`, {
      kind: 'act',
      act: this.#act,
      title,
      shows,
    });
  }

  /** @param atMs by `machineNowMs`, where it happened */
  event(actor: string, text: string, atMs = machineNowMs()): void {
    this.#pending.push({ atMs, actor, text });
    this.#printSoon();
  }

  verdict({ claim, holds }: Verdict): void {
    this.#claims += 1;
    if (!holds) this.#failures += 1;
    this.#printUntil(Infinity);
    const mark = holds ? this.#paint('green', 'ok    ') : this.#paint(['bold', 'red'], 'FAILED');
    this.#write(`${mark} ${claim}\n`, { kind: 'verdict', act: this.#act, claim, holds });
  }

  /** Prints what is left. Rejects with what went wrong in printing. */
  async settle(): Promise<void> {
    this.#printUntil(Infinity);
    await this.#writing;
  }

  #printSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#clock.setTimer(settleMs, () => {
      this.#isDue = false;
      this.#printUntil(machineNowMs() - settleMs);
    });
  }

  #printUntil(untilMs: number): void {
    const due = this.#pending.filter(({ atMs }) => atMs <= untilMs).sort((one, other) => one.atMs - other.atMs);
    this.#pending = this.#pending.filter(({ atMs }) => atMs > untilMs);
    for (const event of due) this.#printEvent(event);
    if (this.#pending.length > 0) this.#printSoon();
  }

  #printEvent({ atMs, actor, text }: Event): void {
    const isLate = atMs < this.#printedUntilMs;
    this.#printedUntilMs = Math.max(this.#printedUntilMs, atMs);
    const offset = ((atMs - this.#originMs) / 1000).toFixed(3);
    const told = isLate ? `${text} (we heard of it late)` : text;
    const line = `${this.#paint('dim', `${offset.padStart(8)} s`)}  ${this.#paint(this.#styleOf(actor), actor.padEnd(8))}  ${told}\n`;
    this.#write(line, { kind: 'event', act: this.#act, atSeconds: Number(offset), actor, text });
  }

  #write(text: string, json: JsonObject): void {
    this.#writing = this.#writing.then(() => this.#printer.print({ text, json }));
    // Told by `settle`.
    this.#writing.catch(() => {});
  }

  #styleOf(actor: string): Style {
    const known = this.#styles.get(actor) ?? actorStyles[this.#styles.size % actorStyles.length] ?? 'cyan';
    this.#styles.set(actor, known);
    return known;
  }

  #paint(style: Style, text: string): string {
    return this.#colours ? styleText(style, text, { validateStream: false }) : text;
  }
}

function inLines(text: string): string {
  return text.replace(new RegExp(`(.{1,${lineLength}})(?: |$)`, 'g'), '$1\n').trimEnd();
}
