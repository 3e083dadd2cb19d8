/**
 * What was good last, where a gateway starts and the source of its configuration is gone: a mount that is not there, a file that
 * was deleted. A faulty one is a person's mistake that a start must tell, unless what was good last says otherwise.
 */
import type { Begun } from './begun.ts';
import { type ConfigReader, type FailedReading, faultLines, reasonOf } from './config-reader.ts';
import type { LastGood } from './last-good.ts';

/** `undefined` where nothing was kept, or it is not to stand in. Throws an `Error` where it should and is of no use. */
export function standIn(reader: ConfigReader, lastGood: LastGood, failed: FailedReading): Begun | undefined {
  const gone = reader.gone();
  const why = gone === undefined ? 'its source is faulty' : `its source is gone: ${gone}`;
  try {
    const kept = lastGood.read();
    if (!kept) return undefined;
    const reading = reader.fromBundle(kept.bundle);
    if (!reading.ok) throw new Error(faultLines(reading)[0] ?? 'it is faulty');
    if (gone === undefined && !reading.config.reload.lastGoodWhenFaulty) return undefined;
    const { number, at } = kept.version;
    const standsInBecause = gone === undefined ? `${why}: ${faultLines(failed)[0]}` : why;
    return {
      ...reading,
      version: { number, digest: reading.digest, source: 'last-good', at },
      origin: 'kept',
      standsInBecause,
    };
  } catch (error) {
    if (gone === undefined) return undefined;
    throw new Error(`${why}, and what was good last (${lastGood.file}) is of no use: ${reasonOf(error)}`);
  }
}
