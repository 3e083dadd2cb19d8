/**
 * The lines of a journal's file: `CHECKSUM JSON`, where the JSON is `[bff, id, row or null]`. A line is whole or not there.
 * Files are read and written piece by piece: one may be larger than the longest string.
 */
import type { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { FlowRow } from './flow-table.ts';

type Handle = Awaited<ReturnType<typeof open>>;

/** So much is read and written at once, bytes. */
const PIECE_BYTES = 1024 * 1024;
const LINE_FEED = 10;

export interface FlowLine {
  readonly bff: string;
  readonly id: string;
  /** `undefined`: the run is gone. */
  readonly row: FlowRow | undefined;
}

export function lineOf(bff: string, id: string, row: FlowRow | undefined): string {
  const text = JSON.stringify([bff, id, row ?? null]);
  return `${checksum(text)} ${text}\n`;
}

/** `undefined` for what is no line. */
export function readLine(line: string): FlowLine | undefined {
  const text = line.slice(9);
  if (line.slice(0, 8) !== checksum(text)) return undefined;
  const read: unknown = JSON.parse(text);
  const [bff, id, row]: unknown[] = Array.isArray(read) ? read : [];
  if (typeof bff !== 'string' || typeof id !== 'string') return undefined;
  if (row === null) return { bff, id, row: undefined };
  return isRow(row) ? { bff, id, row: row.state === 'settled' ? row : { ...row, until: 0 } } : undefined;
}

/** Lines without their ends. What stands behind the last end is left out: who wrote it died, and answered it to nobody. */
export async function* linesOf(handle: Handle): AsyncIterable<string> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let rest: Buffer[] = [];
  for (;;) {
    const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES);
    if (bytesRead === 0) return;
    let from = 0;
    for (;;) {
      const to = piece.subarray(0, bytesRead).indexOf(LINE_FEED, from);
      if (to < 0) break;
      rest.push(piece.subarray(from, to));
      yield Buffer.concat(rest).toString('utf8');
      rest = [];
      from = to + 1;
    }
    if (from < bytesRead) rest.push(Buffer.from(piece.subarray(from, bytesRead)));
  }
}

/** Appends lines; how many bytes they are. */
export async function writeLines(handle: Handle, lines: Iterable<string>): Promise<number> {
  let bytes = 0;
  let piece = '';
  const flush = async (): Promise<void> => {
    const buffer = Buffer.from(piece);
    piece = '';
    bytes += buffer.length;
    await handle.appendFile(buffer);
  };
  for (const line of lines) {
    piece += line;
    if (piece.length >= PIECE_BYTES) await flush();
  }
  if (piece !== '') await flush();
  return bytes;
}

function isRow(value: unknown): value is FlowRow {
  return (
    typeof value === 'object' && value !== null && 'state' in value && 'token' in value && 'document' in value
  );
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
