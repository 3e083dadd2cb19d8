/** Which build this is, for the metrics. */
import { readFileSync } from 'node:fs';
import type { Meter } from '../core/meter.ts';

const PACKAGE = new URL('../../package.json', import.meta.url);

/** The version of the package that this code is of. */
export function ownVersion(): string {
  const read: unknown = JSON.parse(readFileSync(PACKAGE, 'utf8'));
  const version = typeof read === 'object' && read !== null && 'version' in read ? read.version : undefined;
  return typeof version === 'string' ? version : 'unknown';
}

export function tellBuild(meter: Meter): void {
  meter.gauge({
    name: 'frontdesk_build_info',
    help: 'Always 1: the versions of the gateway and of Node are its labels',
    labels: ['version', 'node'],
    across: 'first',
  })(1, ownVersion(), process.versions.node);
}
