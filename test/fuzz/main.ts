/** `npm run fuzz -w test -- --seconds N --seed S`: the fuzzer of HTTP/1.1 for as long as is asked. */
import { parseArgs } from 'node:util';
import { startEdge } from './edge.ts';
import { fuzzHttp } from './http.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  },
});
const edge = await startEdge('fuzz');
const until = performance.now() + Number(values.seconds) * 1_000;
const { streams, finding } = await fuzzHttp(edge, Number(values.seed), () => performance.now() > until);
console.log(`${streams} streams from seed ${values.seed}`);
if (finding) {
  console.log(`seed ${finding.seed}: ${finding.what}\n${JSON.stringify(finding.bytes)}`);
  process.exitCode = 1;
}
await edge.stop();
