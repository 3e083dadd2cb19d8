/**
 * The metrics that there are: as the source registers them, and as gateway/docs/METRICS.md tells of them. Read from the
 * source rather than from a running gateway, because no one configuration has them all.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/config.ts';

export interface Metric {
  readonly name: string;
  /** counter, gauge or histogram. */
  readonly type: string;
  readonly labels: readonly string[];
  /** How one number is made of those of several processes. */
  readonly across: string;
}

const SPEC =
  /(?:\.|new )(counter|gauge|histogram|Counter|Gauge|Histogram)\(\{\s*name: '(frontdesk_\w+)',([\s\S]*?)\}\)/g;
const LABELS = /(?:^|[,{])\s*label(?:s|Names)(?:: (\[[^\]]*\]|\w+))?\s*(?:,|$)/m;

/** Every instrument that code of the gateway asks a meter for. */
export function registeredMetrics(): Map<string, Metric> {
  const found = new Map<string, Metric>();
  const source = join(ROOT, 'gateway/src');
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || /(?:\.test|\.fixture)\.ts$|testing\//.test(file)) continue;
    const text = readFileSync(join(source, file), 'utf8');
    for (const [, type = '', name = '', rest = ''] of text.matchAll(SPEC)) {
      const across = /across: '(\w+)'/.exec(rest)?.[1] ?? 'sum';
      found.set(name, { name, type: type.toLowerCase(), labels: labelsOf(rest, text), across });
    }
  }
  return found;
}

/** Labels stand in the list itself, or in a constant of the file that the list names or begins with. */
function labelsOf(spec: string, file: string): string[] {
  const written = LABELS.exec(spec);
  if (!written) return [];
  const listed = written[1] ?? 'labels';
  return [...listed.matchAll(/'(\w+)'|(\w+)/g)].flatMap(([, text, constant]) => {
    if (text !== undefined) return [text];
    const value = new RegExp(`const ${constant} = (\\[[^\\]]*\\])`).exec(file)?.[1];
    if (value === undefined)
      throw new TypeError(`labels of a metric in ${constant}, which is no list: ${spec}`);
    return labelsOf(`labels: ${value}`, file);
  });
}

/** Names of metrics that stand anywhere in the source, however they are registered. */
export function mentionedNames(): Set<string> {
  const names = new Set<string>();
  const source = join(ROOT, 'gateway/src');
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || /(?:\.test|\.fixture)\.ts$|testing\//.test(file)) continue;
    for (const [, name = ''] of readFileSync(join(source, file), 'utf8').matchAll(/name: '(frontdesk_\w+)'/g))
      names.add(name);
  }
  return names;
}

const ROW = /^\| `(\w+)` \| (counter|gauge|histogram) \| ([^|]*)\| (.+) \|$/gm;

const ACROSS = /\((?:the )?(highest|lowest|mean|alike) (?:of|in) all workers\)/;
const HOW: Readonly<Record<string, string>> = {
  highest: 'max',
  lowest: 'min',
  mean: 'average',
  alike: 'first',
};

/** The rows of the page's tables. */
export function documentedMetrics(): Map<string, Metric> {
  const found = new Map<string, Metric>();
  const page = readFileSync(join(ROOT, 'gateway/docs/METRICS.md'), 'utf8');
  for (const [, name = '', type = '', listed = '', meaning = ''] of page.matchAll(ROW)) {
    if (found.has(name)) throw new TypeError(`METRICS.md tells of ${name} twice`);
    const labels = [...listed.matchAll(/`(\w+)`/g)].map(([, label = '']) => label);
    found.set(name, { name, type, labels, across: HOW[ACROSS.exec(meaning)?.[1] ?? ''] ?? 'sum' });
  }
  return found;
}

/** Names of Node's own metrics that the page tells of. */
export function processMetrics(): Set<string> {
  const page = readFileSync(join(ROOT, 'gateway/docs/METRICS.md'), 'utf8');
  return new Set([...page.matchAll(/`((?:process|nodejs)_\w+)`/g)].map(([, name = '']) => name));
}
