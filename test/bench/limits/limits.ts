/** How exact limits are and what they cost: algorithm × store × mode × processes. No peer, no gateway: the limiter alone. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../stack/config.ts';
import type { Comparison } from '../load.ts';

const PROGRAM = 'gateway/src/limits/testing/accuracy.ts';

export async function* limits(): AsyncGenerator<Comparison> {
  const printed = execFileSync(process.execPath, [join(ROOT, PROGRAM)], { encoding: 'utf8' });
  const notes = printed.trimEnd().split('\n');
  yield { title: `Limits: how exact, at which cost ($ node ${PROGRAM})`, measures: [], notes };
}
