/** The examples of gateway/docs/LIVE.md, against the demo's trips and where they are. */
import { test } from 'node:test';
import { startService, World } from '@frontdesk/subgraphs-mock';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

/** Long enough for the first screen to be there before it changes. */
const STEP_MS = 200;

test('the examples of LIVE.md do what it says', { timeout: 300_000 }, async (t) => {
  const [tripsPort = 0, livePort = 0] = await freePorts(2);
  const world = new World();
  const trips = await startService('trips', { port: tripsPort, world });
  t.after(() => trips.close());
  const live = await startService('live', { port: livePort, world });
  t.after(() => live.close());
  const page = await startPage(t, {
    page: 'LIVE.md',
    config: 'live.yaml',
    // At the pace of the page the trip might be over before somebody watches it.
    moved: {
      '"stepMs": 40': '"stepMs": 0',
      '127.0.0.1:4114': `127.0.0.1:${tripsPort}`,
      '127.0.0.1:4108': `127.0.0.1:${livePort}`,
    },
  });
  world.trips.whenWatched(() => world.trips.setPace(STEP_MS));
  for (const title of ['sse', 'subscription', 'progressive', 'defer'])
    await t.test(title, () => page.run(title));
});
