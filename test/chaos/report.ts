/** The table of the documentation: for each target the worst of all runs. */
import { type Finding, isMet, type Target } from './rig/experiment.ts';

export const BEGIN = '<!-- experiments: begin -->';
export const END = '<!-- experiments: end -->';

export interface Row {
  readonly number: number;
  readonly title: string;
  readonly findings: readonly Finding[];
  /** Why a run did not come to an end. */
  readonly failures: readonly string[];
  /** The machine's load average when the last run ended. */
  readonly load: number;
  /** When and how it was taken. */
  readonly how: string;
}

/** Of each target the run that was farthest from it, or least within. */
export function worst(findings: readonly Finding[]): readonly Target[] {
  const byName = new Map<string, Target>();
  for (const target of findings.flatMap(({ targets }) => targets)) {
    const known = byName.get(target.name);
    if (!known || isWorse(target, known)) byName.set(target.name, target);
  }
  return [...byName.values()];
}

function isWorse(one: Target, other: Target): boolean {
  if (Number.isNaN(one.measured)) return true;
  return one.is === 'at most' ? one.measured > other.measured : one.measured < other.measured;
}

const HEAD = [
  '| # | what breaks, and what must hold | target | worst | | reason |',
  '|--:|---|--:|--:|---|---|',
];
const EXPERIMENT = /^\| \*\*(\d+)\*\* \| \*\*([^*]+)\*\*/;

/** What tells the experiment of a row from others. */
export const keyOf = ({ number, title }: Pick<Row, 'number' | 'title'>): string => `${number} ${title}`;

/** The rows, with those of a table that was there for what was not taken now. `order`: of all that there are. */
export function table(rows: readonly Row[], order: readonly string[] = rows.map(keyOf), before = ''): string {
  const known = linesByExperiment(before);
  for (const row of rows) known.set(keyOf(row), linesOf(row));
  return [...HEAD, ...order.flatMap((key) => known.get(key) ?? [])].join('\n');
}

function linesByExperiment(page: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let lines: string[] | undefined;
  for (const line of page.split('\n')) {
    const [, number, title = ''] = EXPERIMENT.exec(line) ?? [];
    if (number !== undefined) {
      lines = [];
      found.set(keyOf({ number: Number(number), title }), lines);
    } else if (!line.startsWith('| |')) lines = undefined;
    lines?.push(line);
  }
  return found;
}

function linesOf({ number, title, findings, failures, load, how }: Row): string[] {
  const lines: string[] = [];
  const seen = findings.flatMap((finding) => finding.seen);
  const sent = seen.reduce((sum, one) => sum + one.sent, 0);
  const ok = seen.reduce((sum, one) => sum + one.ok, 0);
  const requests = sent > 0 ? `; ${ok} of ${sent} requests answered` : '';
  lines.push(`| **${number}** | **${title}**${requests} | | | | ${cell(how)} |`);
  for (const target of worst(findings)) lines.push(lineOf(target, load));
  for (const failure of failures) lines.push(`| | a run that did not end: ${cell(failure)} | | | ✗ | |`);
  return lines;
}

function lineOf(target: Target, load: number): string {
  const { name, measured, limit, is, unit } = target;
  const bound = is === 'at most' ? (limit === 0 ? '0' : `≤ ${limit}`) : `≥ ${limit}`;
  return `| | ${name} | ${bound} ${unit} | ${numberOf(measured)} ${unit} | ${isMet(target) ? '✓ | |' : `✗ | ${reasonOf(target, load)} |`}`;
}

/** What the experiment knows of a miss; where the machine's pace decides as well, how busy it was. */
function reasonOf({ why, timed }: Target, load: number): string {
  if (why) return cell(why);
  return timed ? `a time; the load average was ${load.toFixed(1)}` : 'not explained';
}

function numberOf(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'none' : 'never';
  return String(Number(value.toFixed(value < 10 ? 2 : 0)));
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').slice(0, 200);
}

/** What is between the marks of the page. Throws where they are not there. */
export function between(page: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return page.slice(begin + BEGIN.length, end);
}

/** The page with another table between its marks. Throws where they are not there. */
export function placed(page: string, text: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n${text}\n${page.slice(end)}`;
}
