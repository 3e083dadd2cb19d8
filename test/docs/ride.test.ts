/** The commands of gateway/docs/RIDE.md, against the demo itself. */
import { after, before, describe, test } from 'node:test';
import { ROOT } from '../stack/config.ts';
import { DEMO_PARTNER_KEY } from '../stack/demo-key.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { runExample } from './example.ts';

let stack: Stack;
let env: Record<string, string>;

before(async () => {
  stack = await startStack({ name: 'docs-ride' });
  const [token, poor] = [await stack.token({ sub: '42' }), await stack.token({ sub: '13' })];
  env = { TOKEN: token, POOR: poor, KEY: DEMO_PARTNER_KEY };
});
after(() => stack?.close());

function here(text: string): string {
  return text
    .replaceAll('http://127.0.0.1:4000', stack.url)
    .replaceAll('http://127.0.0.1:4114', stack.backends.trips.url)
    .replaceAll('http://127.0.0.1:4104', stack.backends.payments.url);
}

describe('RIDE.md', { timeout: 90_000 }, () => {
  for (const title of ['order', 'follow', 'refused', 'partner'])
    test(title, () => runExample({ page: 'RIDE.md', title, here, folder: ROOT, env }));
});
