import type { Socket } from 'node:net';
import type { CancelTimer, Clock } from '../clock.ts';
import { JuteWriter } from '../protocol/jute.ts';

interface Batch {
  readonly buffers: readonly Buffer[];
  readonly dueMs: number;
}

/**
 * What a connection sends, in order. All that is written in one tick leaves in one write, later if a fault says so.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #clock: Clock;
  /** How slow the server plays to be, at present. */
  readonly #latencyMs: () => number;
  readonly #out = new JuteWriter();
  readonly #waiting: Batch[] = [];
  #cancelTimer: CancelTimer = () => {};
  #isFlushDue = false;
  #isPaused = false;
  #isEnding = false;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(socket: Socket, clock: Clock, latencyMs: () => number) {
    this.#socket = socket;
    this.#clock = clock;
    this.#latencyMs = latencyMs;
  }

  frame(write: (out: JuteWriter) => void): void {
    this.#out.beginFrame();
    write(this.#out);
    this.#out.endFrame();
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    queueMicrotask(() => this.#flush());
  }

  /** Bytes that are no frame. They leave as late as those would. */
  text(text: string): void {
    this.#flush();
    this.#queue([Buffer.from(text)]);
  }

  /** What is written from now on leaves no earlier than that. */
  holdFor(ms: number): void {
    this.#flush();
    this.#notBeforeMs = Math.max(this.#notBeforeMs, this.#clock.now() + ms);
  }

  pause(): void {
    this.#flush();
    this.#isPaused = true;
    this.#cancelTimer();
  }

  resume(): void {
    this.#isPaused = false;
    this.#drain();
  }

  /** Ends the socket when everything has left. */
  end(): void {
    this.#flush();
    this.#isEnding = true;
    this.#drain();
  }

  /** Sends nothing more. */
  close(): void {
    this.#cancelTimer();
    this.#waiting.length = 0;
    this.#isPaused = true;
  }

  #flush(): void {
    this.#isFlushDue = false;
    const buffers = this.#out.take();
    if (buffers.length > 0) this.#queue(buffers);
  }

  #queue(buffers: readonly Buffer[]): void {
    this.#waiting.push({
      buffers,
      dueMs: Math.max(this.#notBeforeMs, this.#clock.now() + this.#latencyMs()),
    });
    if (this.#waiting.length === 1) this.#drain();
  }

  #drain(): void {
    this.#cancelTimer();
    if (this.#isPaused) return;
    const nowMs = this.#clock.now();
    for (let batch = this.#waiting[0]; batch !== undefined; batch = this.#waiting[0]) {
      if (batch.dueMs > nowMs) {
        this.#cancelTimer = this.#clock.setTimer(Math.ceil(batch.dueMs - nowMs), () => this.#drain(), { background: true });
        return;
      }
      this.#waiting.shift();
      this.#write(batch.buffers);
    }
    if (this.#isEnding) this.#socket.end();
  }

  #write(buffers: readonly Buffer[]): void {
    if (!this.#socket.writable) return;
    this.#socket.cork();
    for (const buffer of buffers) this.#socket.write(buffer);
    this.#socket.uncork();
  }
}
