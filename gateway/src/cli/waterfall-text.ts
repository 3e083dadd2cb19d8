/** A request's waterfall for a terminal: a line for each part and call, as wide as the terminal is. */
import type { Interval, Waterfall, WaterfallRow } from '../telemetry/waterfall.ts';

export interface WaterfallTextOptions {
  /** Columns that there are. */
  readonly width: number;
  readonly colour: boolean;
}

const MIN_BAR = 12;
const MAX_BAR = 60;
const MAX_NAME = 28;
const TIME_WIDTH = 8;
const OUTCOME_WIDTH = 12;
const WAIT = '·';
const RUN = '▒';
const CRITICAL = '█';
const LEAST = '▏';
const MAX_ROWS = 60;

const STYLES = {
  bold: ['\u001b[1m', '\u001b[22m'],
  dim: ['\u001b[2m', '\u001b[22m'],
  red: ['\u001b[31m', '\u001b[39m'],
  green: ['\u001b[32m', '\u001b[39m'],
  yellow: ['\u001b[33m', '\u001b[39m'],
  cyan: ['\u001b[36m', '\u001b[39m'],
} as const;

type Style = keyof typeof STYLES;
type Paint = (style: Style, text: string) => string;

/** Lines, each with its line feed. */
export function waterfallText(shown: Waterfall, { width, colour }: WaterfallTextOptions): string {
  const paint: Paint = (style, text) => (colour ? `${STYLES[style][0]}${text}${STYLES[style][1]}` : text);
  const rows = shown.rows.slice(1, MAX_ROWS + 1);
  const names = rows.map((row) => label(row).length);
  const nameWidth = Math.min(MAX_NAME, Math.max(8, ...names));
  const fixed = 2 + nameWidth + 2 + TIME_WIDTH + 2 + OUTCOME_WIDTH;
  const barWidth = Math.min(MAX_BAR, Math.max(MIN_BAR, width - fixed - 1));
  const lines = [cut(headLine(shown), width, shown, paint)];
  for (const row of rows) {
    const name = clip(label(row), nameWidth).padEnd(nameWidth);
    const bar = barOf(row, shown.totalMs, barWidth);
    const time = timeText(row.endMs - row.startMs).padStart(TIME_WIDTH);
    const outcome = clip(row.outcome, Math.max(4, width - (fixed - OUTCOME_WIDTH) - barWidth - 1));
    lines.push(
      `  ${row.kind === 'part' ? paint('bold', name) : paint('dim', name)} ${paintBar(bar, row, paint)} ${time}  ${paint(styleOf(row), outcome)}`,
    );
  }
  if (shown.rows.length > MAX_ROWS + 1) lines.push(`  … ${shown.rows.length - MAX_ROWS - 1} more`);
  if (shown.path.length > 0) lines.push(paint('dim', clip(`  critical: ${shown.path.join(' → ')}`, width)));
  return `${lines.join('\n')}\n`;
}

function headLine({ method, route, status, totalMs, deadlineMs, code }: Waterfall): string {
  const outcome = status === undefined ? 'gone' : code === undefined ? `${status}` : `${status} ${code}`;
  const limit = deadlineMs === undefined ? '' : ` of ${timeText(deadlineMs)}`;
  return `${outcome}  ${method} ${route}  ${timeText(totalMs)}${limit}`;
}

function cut(line: string, width: number, { status }: Waterfall, paint: Paint): string {
  const shown = clip(line, width);
  const at = shown.indexOf('  ');
  const style = status === undefined ? 'yellow' : status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green';
  return at < 0 ? shown : `${paint(style, shown.slice(0, at))}${paint('bold', shown.slice(at))}`;
}

function label({ depth, name, notes, kind }: WaterfallRow): string {
  const mark = kind === 'part' && notes.includes('required') ? '*' : '';
  const more = notes.filter((note) => note === 'hedge' || note.startsWith('attempt ')).join(' ');
  return `${'  '.repeat(Math.max(0, depth - 1))}${name}${mark}${more === '' ? '' : ` ${more}`}`;
}

/** One character for each column; each column is what most matters of its time. */
function barOf(
  { startMs, endMs, waits, critical, kind }: WaterfallRow,
  totalMs: number,
  width: number,
): string {
  const perMs = totalMs > 0 ? width / totalMs : 0;
  const from = Math.min(width - 1, Math.floor(startMs * perMs));
  const to = Math.min(width, Math.max(from + 1, Math.round(endMs * perMs)));
  let bar = ' '.repeat(from);
  for (let column = from; column < to; column += 1) {
    const middle = perMs > 0 ? (column + 0.5) / perMs : 0;
    if (covers(critical, middle)) bar += CRITICAL;
    else if (kind === 'part' && covers(waits, middle)) bar += WAIT;
    else bar += to - from === 1 ? (critical.length > 0 ? CRITICAL : LEAST) : RUN;
  }
  return bar.padEnd(width);
}

function covers(intervals: readonly Interval[], ms: number): boolean {
  return intervals.some(({ startMs, endMs }) => startMs <= ms && ms < endMs);
}

function paintBar(bar: string, row: WaterfallRow, paint: Paint): string {
  return paint(row.state === 'bad' ? 'red' : row.kind === 'part' ? 'cyan' : 'dim', bar);
}

function styleOf({ state }: WaterfallRow): Style {
  if (state === 'bad') return 'red';
  if (state === 'good') return 'green';
  return state === 'spared' ? 'cyan' : 'yellow';
}

export function timeText(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 100 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
