/**
 * The demo's own configuration, `frontdesk.yaml`, moved to other ports: what end-to-end tests run is what the
 * demo runs. The moved file lies under `node_modules`, from where packages are found as from the root.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { DEMO_PORTS, PORT_NAMES, type Ports } from './ports.ts';

export const ROOT = resolve(import.meta.dirname, '../..');
const DEMO_CONFIG = join(ROOT, 'frontdesk.yaml');

/** A configuration as YAML gives it: open to a test's changes, judged by the gateway alone. */
export interface RawConfig {
  [section: string]: unknown;
}

/**
 * Writes the moved configuration as `name` and gives its path. `edit` may change it in place before. `source`: another file
 * than the demo's, such as a BFF's own.
 */
export function writeConfig(
  name: string,
  ports: Ports,
  edit: (config: RawConfig) => void = () => {},
  source: string = DEMO_CONFIG,
): string {
  const directory = join(ROOT, 'node_modules', '.cache', 'frontdesk', name);
  mkdirSync(directory, { recursive: true });
  const config = move(parse(readFileSync(source, 'utf8')), { ports, folder: dirname(source) });
  if (!isRecord(config)) throw new TypeError(`${source} holds no mapping`);
  config.listen = { ...section(config, 'listen'), host: '127.0.0.1', port: ports.gateway };
  config.admin = { ...section(config, 'admin'), host: '127.0.0.1', port: ports.admin };
  const graph = section(config, 'graph');
  if (typeof graph.supergraph === 'string') {
    const moved = join(directory, 'supergraph.graphql');
    writeFileSync(moved, movePorts(readFileSync(graph.supergraph, 'utf8'), ports));
    config.graph = { ...graph, supergraph: moved };
  }
  // One process writes a journal, and no test finds what another one left.
  const journal = join(directory, 'flows.journal');
  rmSync(journal, { force: true });
  config.flows = { ...section(config, 'flows'), journal: { file: journal } };
  edit(config);
  const path = join(directory, 'frontdesk.yaml');
  writeFileSync(path, stringify(config));
  return path;
}

/** The section of that name, an empty one where there is none. */
export function section(config: RawConfig, name: string): RawConfig {
  const value = config[name];
  return isRecord(value) ? value : {};
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Move {
  readonly ports: Ports;
  /** Where its relative paths begin. */
  readonly folder: string;
}

/** The same value with every address moved and every relative path made absolute. */
function move(value: unknown, to: Move): unknown {
  if (typeof value === 'string') {
    if (/^file:\.{1,2}\//.test(value)) return `file:${join(to.folder, value.slice('file:'.length))}`;
    return /^\.{1,2}\//.test(value) ? join(to.folder, value) : movePorts(value, to.ports);
  }
  if (Array.isArray(value)) return value.map((item) => move(item, to));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, move(item, to)]));
}

function movePorts(text: string, ports: Ports): string {
  const byDemoPort = new Map(PORT_NAMES.map((name) => [String(DEMO_PORTS[name]), String(ports[name])]));
  return text.replaceAll(/\b(127\.0\.0\.1|localhost):(\d+)/g, (all, host: string, port: string) => {
    const moved = byDemoPort.get(port);
    return moved === undefined ? all : `${host}:${moved}`;
  });
}
