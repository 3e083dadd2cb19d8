/** A supergraph's SDL by file name or URL. */
import { readFile } from 'node:fs/promises';
import { requestText } from './http-text.ts';

const MAX_BYTES = 32 * 1024 * 1024;

/** Rejects with an `Error` in plain words. */
export async function readSupergraph(location: string): Promise<string> {
  if (/^https?:\/\//.test(location)) {
    const { status, text } = await requestText(location, { maxBytes: MAX_BYTES });
    if (status !== 200) throw new Error(`${location} answered ${status}: expected the SDL of a supergraph`);
    return text;
  }
  try {
    return await readFile(location, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw missing ? new Error(`there is no file "${location}"`, { cause: error }) : error;
  }
}
