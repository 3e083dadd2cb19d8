/** One of several processes that write their lines to the same standard output, faster than it is read. */
import { noMeter } from '../core/meter.ts';
import { createSink } from './sink.ts';

const name = process.argv[2] ?? '';
const sink = createSink({
  destination: 1,
  name: 'access',
  meter: noMeter,
  shared: process.argv[3] === 'shared',
});
for (let i = 0; i < 3_000; i += 1) sink.write(`${JSON.stringify({ name, i, pad: 'é'.repeat(i % 150) })}\n`);
// Its end gives up after a second: until then all is written, since the reader reads.
await sink.close();
// For whoever waits for that.
if (process.connected) process.send?.('closed', () => process.disconnect());
