import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A temporary folder in which shell scripts run, and tell what has happened to them. */
export class ScriptFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<ScriptFolder> {
    const folder = new ScriptFolder(await mkdtemp(join(tmpdir(), 'docent-cli-')));
    await promisify(execFile)('mkfifo', [folder.file('ready')]);
    return folder;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** The command line of a shell script that runs in the folder. */
  script(text: string): [string, ...string[]] {
    return ['/bin/sh', '-c', `cd ${this.path}; ${text}`];
  }

  /** A script that runs until a signal ends it, and does what `traps` says then. */
  endless(traps: string): [string, ...string[]] {
    return this.script(`${traps}; echo > ready; while :; do sleep 0.05; done`);
  }

  /** Resolves when the endless script has set its traps: it writes to a pipe then. */
  async ready(): Promise<void> {
    await this.contentOf('ready');
  }

  async contentOf(name: string): Promise<string> {
    return await readFile(this.file(name), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}
