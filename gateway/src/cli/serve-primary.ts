/** `serve` with several processes: this one keeps those that serve. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProcessPlace, Running } from '../app.ts';
import type { ChangeSource, ConfigVersion } from '../change/change.ts';
import { bundleDigest } from '../config/bundle.ts';
import { type Primary, startPrimary } from '../primary-process.ts';
import { workerSettings } from '../workers/config.ts';
import { usableCpus } from '../workers/cpus.ts';
import type { Served } from '../workers/link.ts';
import type { Program } from '../workers/slot.ts';
import type { Asked } from './serve-options.ts';
import { withYoungGeneration } from './young-generation.ts';

const MAIN = fileURLToPath(new URL(`../main${extname(import.meta.filename)}`, import.meta.url));

/** What serves, in one process or several. */
export interface Serving extends Pick<Running, 'addresses' | 'listening' | 'holds' | 'drain'> {
  /** Takes over another configuration, whole or not at all. */
  replace(asked: Asked): Promise<void>;
}

/** How many processes serve. */
export function workerCount({ config: { workers } }: Pick<Asked, 'config'>): number {
  const { count } = workerSettings(workers);
  return count === 'auto' ? usableCpus() : count;
}

/** Rejects where no worker can be started, or the port is taken. */
export async function servePrimary(asked: Asked, inherit?: ProcessPlace['inherit']): Promise<Serving> {
  let number = 0;
  const next = ({ bundle }: Asked, source: ChangeSource): Served => {
    number += 1;
    const digest = bundle ? bundleDigest(bundle) : 'command-line';
    const version: ConfigVersion = { number, digest, source, at: Date.now() };
    return { version, bundle };
  };
  const primary: Primary = await startPrimary({
    config: asked.config,
    served: next(asked, 'start'),
    count: workerCount(asked),
    program: workerProgram(),
    ...(inherit ? { inherit } : {}),
  });
  return {
    addresses: primary.addresses,
    get listening() {
      return primary.listening;
    },
    replace: (changed) => primary.pool.apply(next(changed, 'signal')),
    holds: () => false,
    drain: () => primary.drain(),
  };
}

/** As this process was started; what only one can have (the inspector's port) is left out. */
function workerProgram(): Program {
  const execArgv = withYoungGeneration(process.execArgv.filter((option) => !isInspectorPort(option)));
  return { module: MAIN, args: process.argv.slice(2), execArgv, env: process.env };
}

function isInspectorPort(option: string): boolean {
  return option.startsWith('--inspect') && !option.endsWith(':0') && !option.endsWith('=0');
}
