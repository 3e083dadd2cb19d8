/**
 * Metrics as text in the format OpenMetrics 1.0.0, for whoever asks for it, and the exemplars of several processes as
 * one. The older text format of Prometheus is prom-client's to write; it has no exemplars.
 */
import type { Exemplar } from './tally.ts';

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** A metric with its values, as plain data: what prom-client's registry gives, and our histograms' exemplars. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly FamilyValue[];
}

export interface FamilyValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Where it is not the family's own: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
  readonly example?: Exemplar;
}

const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const TYPE = 'application/openmetrics-text';

/**
 * Whether `Accept` names OpenMetrics in a version that is spoken here (1.0.0, or none), and not less than the text
 * format (RFC 9110 §12.5.1). A `*` does not ask for it.
 */
export function wantsOpenMetrics(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  let open = 0;
  let plain = 0;
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = qualityOf(parameters);
    if (type === 'text/plain') plain = Math.max(plain, quality);
    else if (type === TYPE && isSpoken(parameters)) open = Math.max(open, quality);
  }
  return open > 0 && open >= plain;
}

function qualityOf(parameters: readonly string[]): number {
  const written = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = written === undefined ? 1 : Number(written.slice(2));
  return quality >= 0 && quality <= 1 ? quality : 0;
}

function isSpoken(parameters: readonly string[]): boolean {
  const version = parameters.find((parameter) => parameter.startsWith('version='));
  return version === undefined || version === 'version=1.0.0';
}

/** What a registry gives as JSON, or what came from another process of ours. */
export function familiesOf(data: readonly object[]): Family[] {
  return data.filter(isFamily);
}

function isFamily(value: object): value is Family {
  return (
    'name' in value &&
    typeof value.name === 'string' &&
    'help' in value &&
    'type' in value &&
    'values' in value &&
    Array.isArray(value.values)
  );
}

/** Gives each bucket the newest of the exemplars that the processes have for it. */
export function withNewestExemplars(merged: readonly Family[], of: readonly (readonly Family[])[]): Family[] {
  const newest = new Map<string, Exemplar>();
  for (const family of of.flat()) {
    for (const value of family.values) {
      if (!value.example) continue;
      const key = keyOf(family, value);
      const present = newest.get(key);
      if (!present || present.at < value.example.at) newest.set(key, value.example);
    }
  }
  return merged.map((family) => ({
    ...family,
    values: family.values.map((value) => {
      const example = newest.get(keyOf(family, value));
      return example ? { ...value, example } : value;
    }),
  }));
}

function keyOf({ name }: Family, { metricName = name, labels }: FamilyValue): string {
  return JSON.stringify([metricName, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

export function openMetricsText(families: readonly Family[]): Exposition {
  let text = '';
  for (const family of families) text += familyText(family);
  return { contentType: OPEN_METRICS, text: `${text}# EOF\n` };
}

function familyText({ name, help, type, values }: Family): string {
  // A counter's family goes by the name without its suffix, which its values must have.
  const isCounter = type === 'counter';
  const own = isCounter && name.endsWith('_total') ? name.slice(0, -'_total'.length) : name;
  let text = `# TYPE ${own} ${type}\n# HELP ${own} ${escaped(help)}\n`;
  for (const { value, labels, metricName, example } of values) {
    text += metricName ?? (isCounter ? `${own}_total` : own);
    text += `${labelsText(labels)} ${numberText(value)}`;
    if (example)
      text += ` # {trace_id="${example.trace}"} ${numberText(example.value)} ${example.at.toFixed(3)}`;
    text += '\n';
  }
  return text;
}

function labelsText(labels: Readonly<Record<string, string | number>>): string {
  let text = '';
  for (const name in labels) {
    const value = labels[name] ?? '';
    // The bounds of buckets and the ranks of quantiles are numbers, and written in one way alone.
    const written = (name === 'le' || name === 'quantile') && value !== '' ? floatText(value) : String(value);
    text += `${text === '' ? '' : ','}${name}="${escaped(written)}"`;
  }
  return text === '' ? '' : `{${text}}`;
}

function floatText(value: string | number): string {
  const text = numberText(Number(value === '+Inf' ? Number.POSITIVE_INFINITY : value));
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
