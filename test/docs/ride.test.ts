/** The commands of gateway/docs/RIDE.md, against the demo itself. */
import { after, before, describe, test } from 'node:test';
import { ROOT } from '../stack/config.ts';
import { DEMO_PARTNER_KEY } from '../stack/demo-key.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { runExample } from './example.ts';

const QUOTE = '/mobile/quote?fromLatitude=50.94&fromLongitude=6.96&toLatitude=50.95&toLongitude=6.97';
const WARM_WITHIN_MS = 30_000;
const PACE = '"stepMs":150';
/** Long enough for the first screen to be there before it changes. */
const STEP_MS = 200;

let stack: Stack;
let env: Record<string, string>;

/** Whether a quote has all its parts. */
async function isWhole(token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const reply = await fetch(`${stack.url}${QUOTE}`, { headers });
  await reply.arrayBuffer();
  return reply.ok && !reply.headers.has('frontdesk-incomplete');
}

function here(text: string): string {
  return (
    text
      .replaceAll('http://127.0.0.1:4000', stack.url)
      .replaceAll('http://127.0.0.1:4114', stack.backends.trips.url)
      .replaceAll('http://127.0.0.1:4104', stack.backends.payments.url)
      // At the pace of the page the ride might be over before somebody watches it.
      .replaceAll(PACE, '"stepMs":0')
  );
}

describe('RIDE.md', { timeout: 300_000 }, () => {
  before(async () => {
    stack = await startStack({ name: 'docs-ride' });
    const [token, poor] = [await stack.token({ sub: '42' }), await stack.token({ sub: '13' })];
    // The first call opens what later ones use, and a part has little time on a busy machine.
    const until = performance.now() + WARM_WITHIN_MS;
    while (!(await isWhole(token)) && performance.now() < until);
    env = { TOKEN: token, POOR: poor, KEY: DEMO_PARTNER_KEY };
  });
  after(() => stack?.close());

  for (const title of ['order', 'follow', 'refused', 'partner'])
    test(title, () => {
      if (title === 'follow') stack.world.trips.whenWatched(() => stack.world.trips.setPace(STEP_MS));
      return runExample({ page: 'RIDE.md', title, here, folder: ROOT, env });
    });
});
