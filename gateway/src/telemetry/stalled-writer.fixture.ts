/** A process that logs more than its reader takes, then closes its log and ends by itself, as the gateway does. */
import { noMeter } from '../core/meter.ts';
import { createSink } from './sink.ts';

const descriptor = Number(process.argv[2]);
const sink = createSink({ destination: descriptor, name: 'access', bufferBytes: 100_000, meter: noMeter });
const line = `${'x'.repeat(99)}\n`;
let turns = 0;
const work = (): void => {
  for (let i = 0; i < 1_000; i += 1) sink.write(line);
  turns += 1;
  if (turns < 20) setImmediate(work);
  else void sink.close().then(() => process.send?.({ dropped: sink.dropped }, () => process.disconnect()));
};
work();
