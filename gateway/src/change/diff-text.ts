/** What a change does, for people: a section a paragraph, a line for each thing, a line for each of its settings. */
import type { SettingChange, SubjectChange } from './diff.ts';
import type { Plain } from './shown-config.ts';

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;
const MAX_VALUE_CHARS = 120;

/** The whole of it; each line ends with a line feed. */
export function diffText(changes: readonly SubjectChange[]): string {
  let text = '';
  let section: string | undefined;
  for (const change of changes) {
    if (change.section !== section) text += `${change.section}\n`;
    section = change.section;
    const indent = change.name === '' ? '  ' : '      ';
    if (change.name !== '') text += `  ${SIGNS[change.kind]} ${change.name}\n`;
    for (const setting of change.settings) text += `${indent}${settingText(setting)}\n`;
  }
  return text;
}

/** For a log and an answer: a line for each thing, at most `max` of them. */
export function diffSummary(changes: readonly SubjectChange[], max: number): string[] {
  const lines = changes.slice(0, max).map(({ section, name, kind, settings }) => {
    const of = name === '' ? section : `${section} ${name}`;
    const which = settings.map(({ setting }) => setting).filter((setting) => setting !== '');
    return `${SIGNS[kind]} ${of}${which.length > 0 ? `: ${clipped(which.join(', '))}` : ''}`;
  });
  if (changes.length > max) lines.push(`and ${changes.length - max} more`);
  return lines;
}

function settingText({ setting, kind, from, to, waits }: SettingChange): string {
  const late = waits ? ' (at the next start)' : '';
  const name = setting === '' ? 'all of it' : setting;
  if (from === undefined && to === undefined) return `${SIGNS[kind]} ${name}: changed${late}`;
  if (from === undefined) return `+ ${name}: ${valueText(to)}${late}`;
  if (to === undefined) return `- ${name}: ${valueText(from)}${late}`;
  return `~ ${name}: ${valueText(from)} → ${valueText(to)}${late}`;
}

function valueText(value: Plain | undefined): string {
  return clipped(
    typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value ?? null),
  );
}

function clipped(text: string): string {
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS)}…` : text;
}
