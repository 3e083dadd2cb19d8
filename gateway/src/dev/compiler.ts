/** TypeScript's own compiler, where the package has it, watching beside: what it finds wrong, with its places. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Problem } from './problem.ts';

const FAULT = /^(.+?)\((\d+),(\d+)\): error (TS\d+: .*)$/;
const ROUND_OVER = /Found \d+ errors?\. Watching for file changes\.$/;
const MAX_PROBLEMS = 50;

export class Compiler {
  readonly #process: ChildProcess;

  /** `onRound`: told after each time that it has looked at everything. `undefined` where there is no compiler. */
  static start(folder: string, onRound: (problems: readonly Problem[]) => void): Compiler | undefined {
    if (!existsSync(join(folder, 'tsconfig.json'))) return undefined;
    try {
      // By its manifest: from version 7 on, the package exports that, but not its programs.
      const manifest = createRequire(join(folder, 'package.json')).resolve('typescript/package.json');
      return new Compiler(join(dirname(manifest), 'bin/tsc'), folder, onRound);
    } catch {
      return undefined;
    }
  }

  private constructor(path: string, folder: string, onRound: (problems: readonly Problem[]) => void) {
    const options = ['--noEmit', '--watch', '--preserveWatchOutput', '--pretty', 'false'];
    this.#process = spawn(process.execPath, [path, ...options], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#process.once('error', () => {});
    let problems: Problem[] = [];
    if (!this.#process.stdout) return;
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      const [, file, row, column, message = ''] = FAULT.exec(line) ?? [];
      if (file !== undefined) {
        if (problems.length < MAX_PROBLEMS) problems.push({ place: `${file}:${row}:${column}`, message });
      } else if (ROUND_OVER.test(line)) {
        onRound(problems);
        problems = [];
      } else if (/^\s+\S/.test(line)) {
        // The rest of a message that goes over several lines: where ours name what is wrong.
        const last = problems.pop();
        if (last) problems.push({ ...last, message: `${last.message}\n${line}` });
      }
    });
  }

  close(): void {
    this.#process.kill('SIGTERM');
  }
}
