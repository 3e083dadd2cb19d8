/** What a new package tells npm of the gateway: its version, or the file that this one was installed from. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { isRecord } from '../validation/pointer.ts';

/**
 * `installed`: the folder of this package. One that npm installed from a tarball is named by that; one that runs from
 * its sources by its folder; any other by its version.
 */
export function gatewaySource(installed: string): string {
  const parts = installed.split(sep);
  const at = parts.lastIndexOf('node_modules');
  if (at < 0) return `file:${installed}`;
  const root = parts.slice(0, at).join(sep);
  const lock = readJson(join(root, 'node_modules', '.package-lock.json'));
  const packages = isRecord(lock) && isRecord(lock.packages) ? lock.packages : {};
  const entry = packages[parts.slice(at).join('/')];
  const resolved = isRecord(entry) ? entry.resolved : undefined;
  if (typeof resolved === 'string' && resolved.startsWith('file:')) {
    return `file:${resolve(root, resolved.slice('file:'.length))}`;
  }
  const own = readJson(join(installed, 'package.json'));
  return `^${isRecord(own) ? String(own.version) : '0.1.0'}`;
}

/** The folder of this package, from one of its modules two folders below. */
export function installedAt(module: string): string {
  return dirname(dirname(dirname(module)));
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
