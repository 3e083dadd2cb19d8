/** Where in a team's code an error came from, by its stack: the first place that is neither a library's nor ours. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const PLACE = /[ (]((?:file:\/\/)?\/[^()\n]*?):(\d+):(\d+)\)?$/;
const MAX_FRAMES = 50;
/** This engine: `dist` or `src` above this folder. */
const OWN = fileURLToPath(new URL('../', import.meta.url));

/** As `src/screens/home.ts:12:5`, from `folder`; `undefined` where the stack names no such place. */
export function failurePlace(thrown: unknown, folder: string, own: string = OWN): string | undefined {
  for (let at = thrown, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    for (const line of (at.stack ?? '').split('\n', MAX_FRAMES)) {
      const [, written = '', row, column] = /^\s*at /.test(line) ? (PLACE.exec(line.trim()) ?? []) : [];
      if (written === '') continue;
      const file = written.startsWith('file:') ? fileURLToPath(written) : written;
      if (file.startsWith(own) || file.includes('/node_modules/')) continue;
      return `${relative(folder, file)}:${row}:${column}`;
    }
  }
  return undefined;
}
