/**
 * A strict reader of OpenMetrics 1.0.0 text, written from its grammar and its rules of the text format: it takes what
 * the specification takes and throws at everything else. Beside it, a reader of Prometheus' older text.
 */
export interface ReadSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  readonly exemplar: { readonly labels: ReadonlyMap<string, string>; readonly value: number } | undefined;
}

export interface ReadFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: ReadSample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?Inf(?:inity)?|NaN)$/i;
const CANONICAL = /^(?:\+Inf|-?\d+\.\d+(?:e[+-]?\d+)?|-?\d+(?:\.\d+)?e[+-]?\d+)$/;
const MAX_EXEMPLAR_CHARS = 128;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['', '_sum', '_count', '_created'],
  gauge: [''],
  info: ['_info'],
  unknown: [''],
};

/** Throws an `Error` that says what is wrong in which line. */
export function readOpenMetrics(text: string): Map<string, ReadFamily> {
  if (!text.endsWith('# EOF\n')) throw new Error('the text does not end with # EOF');
  const families = new Map<string, ReadFamily>();
  let current: ReadFamily | undefined;
  let help: string | undefined;
  const lines = text.slice(0, -'# EOF\n'.length).split('\n');
  if (lines.pop() !== '') throw new Error('a line without its end before # EOF');
  for (const line of lines) {
    const wrong = (why: string): Error => new Error(`${why}: ${line}`);
    if (line.startsWith('# TYPE ')) {
      const [name = '', type = '', ...rest] = line.slice(7).split(' ');
      if (!NAME.test(name) || rest.length > 0 || !(type in SUFFIXES)) throw wrong('no type');
      if (families.has(name)) throw wrong('a family twice, or in parts');
      if (type === 'counter' && name.endsWith('_total')) throw wrong("a counter's family with its suffix");
      current = { name, type, help: '', samples: [] };
      families.set(name, current);
      help = undefined;
    } else if (line.startsWith('# HELP ')) {
      const at = line.indexOf(' ', 7);
      if (line.slice(7, at) !== current?.name || help !== undefined) throw wrong('help out of its place');
      help = unescaped(line.slice(at + 1), wrong);
      if (current.samples.length > 0) throw wrong('help after values');
    } else if (line.startsWith('#') || line === '') {
      throw wrong('neither a value nor a known comment');
    } else {
      const sample = readSample(line, wrong);
      const suffix = current && SUFFIXES[current.type]?.find((one) => current?.name + one === sample.name);
      if (!current || suffix === undefined) throw wrong('a value outside its family');
      if (sample.exemplar && suffix !== '_bucket' && suffix !== '_total')
        throw wrong('an exemplar out of place');
      if (suffix === '_total' && !(sample.value >= 0)) throw wrong('a counter below zero');
      current.samples.push(sample);
    }
  }
  for (const family of families.values()) checkFamily(family);
  return families;
}

function checkFamily({ name, type, samples }: ReadFamily): void {
  const seen = new Set<string>();
  for (const sample of samples) {
    const key = JSON.stringify([sample.name, ...[...sample.labels].sort()]);
    if (seen.has(key)) throw new Error(`twice the same value: ${key}`);
    seen.add(key);
  }
  if (type !== 'histogram') return;
  const buckets = new Map<string, ReadSample[]>();
  const counts = new Map<string, number>();
  for (const sample of samples) {
    const rest = JSON.stringify([...sample.labels].filter(([label]) => label !== 'le'));
    if (sample.name === `${name}_count`) counts.set(rest, sample.value);
    if (sample.name === `${name}_bucket`) buckets.set(rest, [...(buckets.get(rest) ?? []), sample]);
  }
  for (const [rest, list] of buckets) checkBuckets(name + rest, list, counts.get(rest));
}

function checkBuckets(name: string, list: readonly ReadSample[], count: number | undefined): void {
  let bound = Number.NEGATIVE_INFINITY;
  let below = 0;
  for (const { labels, value, exemplar } of list) {
    const le = labels.get('le') ?? '';
    if (!CANONICAL.test(le)) throw new Error(`${name}: a bound that is not written as a float: ${le}`);
    const at = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
    if (at <= bound || value < below) throw new Error(`${name}: buckets do not rise at ${le}`);
    if (exemplar && (exemplar.value > at || exemplar.value <= bound))
      throw new Error(`${name}: an exemplar of ${exemplar.value} in the bucket up to ${le}`);
    bound = at;
    below = value;
  }
  if (bound !== Number.POSITIVE_INFINITY || below !== count)
    throw new Error(`${name}: no +Inf, or not its count`);
}

type Wrong = (why: string) => Error;

function readSample(line: string, wrong: Wrong): ReadSample {
  const [head = '', tail, ...more] = splitOutsideQuotes(line, ' # ');
  if (more.length > 0) throw wrong('two exemplars');
  const { name, labels, rest } = readSeries(head, wrong);
  if (!NAME.test(name)) throw wrong('no name');
  const [value = '', timestamp, ...beyond] = rest.split(' ');
  if (!NUMBER.test(value) || beyond.length > 0) throw wrong('no number');
  if (timestamp !== undefined && !NUMBER.test(timestamp)) throw wrong('no timestamp');
  return {
    name,
    labels,
    value: numberOf(value),
    exemplar: tail === undefined ? undefined : readExemplar(tail, wrong),
  };
}

function readExemplar(text: string, wrong: Wrong): NonNullable<ReadSample['exemplar']> {
  const { name, labels, rest } = readSeries(text, wrong);
  const [value = '', timestamp, ...beyond] = rest.split(' ');
  if (name !== '' || !NUMBER.test(value) || beyond.length > 0) throw wrong('no exemplar');
  if (timestamp !== undefined && !NUMBER.test(timestamp)) throw wrong('no timestamp');
  const chars = [...labels].flat().join('').length;
  if (chars > MAX_EXEMPLAR_CHARS) throw wrong('an exemplar that is too long');
  return { labels, value: numberOf(value) };
}

function readSeries(text: string, wrong: Wrong): { name: string; labels: Map<string, string>; rest: string } {
  const labels = new Map<string, string>();
  const brace = text.indexOf('{');
  const space = text.indexOf(' ');
  if (brace < 0 || (space >= 0 && space < brace))
    return { name: text.slice(0, space), labels, rest: text.slice(space + 1) };
  let at = brace + 1;
  while (text[at] !== '}') {
    const equals = text.indexOf('="', at);
    const label = text.slice(at, equals);
    let end = equals + 2;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    if (equals < 0 || end >= text.length || !LABEL.test(label) || labels.has(label)) throw wrong('no label');
    labels.set(label, unescaped(text.slice(equals + 2, end), wrong));
    at = end + 1;
    if (text[at] === ',') at += 1;
    else if (text[at] !== '}') throw wrong('no end of labels');
  }
  if (text[at + 1] !== ' ') throw wrong('no space after labels');
  return { name: text.slice(0, brace), labels, rest: text.slice(at + 2) };
}

function unescaped(text: string, wrong: Wrong): string {
  let out = '';
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i] ?? '';
    if (character === '"') throw wrong('a quote that is not escaped');
    if (character !== '\\') {
      out += character;
      continue;
    }
    i += 1;
    const next = text[i];
    if (next !== 'n' && next !== '"' && next !== '\\') throw wrong('an unknown escape');
    out += next === 'n' ? '\n' : next;
  }
  return out;
}

function splitOutsideQuotes(text: string, by: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    if (quoted && text[i] === '\\') i += 1;
    else if (text[i] === '"') quoted = !quoted;
    else if (!quoted && text.startsWith(by, i)) {
      parts.push(text.slice(from, i));
      from = i + by.length;
    }
  }
  return [...parts, text.slice(from)];
}

function numberOf(text: string): number {
  if (/inf/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}
