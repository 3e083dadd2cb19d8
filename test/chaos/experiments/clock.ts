/** Experiment 21: the wall clock jumps an hour ahead, and an hour back. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast, count, type Experiment } from '../rig/experiment.ts';
import { Issuer } from '../rig/issuer.ts';
import { CALLERS, CONSUMERS, consumerEntry } from '../rig/lab.ts';
import { overAdmission, type Sample } from '../rig/tally.ts';

const HOUR_MS = 3_600_000;
const TOKEN_S = 600;
/** The file is read so often. */
const EDGE_MS = 100;

const clock: Experiment = {
  number: 21,
  title: 'The clock jumps an hour ahead, and an hour back',
  async run(lab) {
    const file = join(lab.folder, 'clock');
    writeFileSync(file, '0');
    const [issuer, backend] = await Promise.all([Issuer.start('clock'), lab.backend()]);
    lab.atEnd(async () => issuer.close());
    const perSecond = Math.max(1, Math.floor(lab.scale.perSecond / 2 / CONSUMERS.length / 2));
    const bucket = { capacity: 3 * perSecond, perSecond };
    const gateway = await lab.gateway({
      nodeOptions: ['--import', join(import.meta.dirname, '../rig/clock-preload.ts')],
      env: { FRONTDESK_TEST_CLOCK: file },
      config: {
        shedding: 'off',
        telemetry: { accessLog: { enabled: false } },
        auth: {
          apiKey: {},
          jwt: {
            issuer: issuer.url,
            jwksUri: `http://127.0.0.1:${issuer.port}/`,
            audience: 'chaos',
            algorithms: ['ES256'],
          },
        },
        plans: { metered: { limit: { capacity: bucket.capacity, refill: `${perSecond}/s` } } },
        consumers: CONSUMERS.map((id) => consumerEntry(id, 'metered')),
        upstreams: { echo: { url: backend.url } },
        routes: [
          { match: { path: '/echo' }, to: { upstream: 'echo' }, auth: ['apiKey', 'jwt'], deadline: '2s' },
        ],
      },
    });
    const half = lab.scale.perSecond / 2;
    const keys = lab.load(gateway, { path: '/echo', callers: CALLERS, perSecond: half });
    const tokens = lab.load(gateway, {
      path: '/echo',
      callers: [await issuer.caller('eve', TOKEN_S)],
      perSecond: half,
    });
    let backAt = 0;
    const phases = await lab.phases(async () => {
      writeFileSync(file, String(HOUR_MS));
      await lab.wait(lab.scale.faultMs / 2);
      backAt = performance.now();
      writeFileSync(file, String(-HOUR_MS));
      return async () => writeFileSync(file, '0');
    });
    const [byKey, byToken] = await Promise.all([keys.stop(), tokens.stop()]);
    await gateway.stop();
    const seen = [byKey.summary(), byToken.summary()] as const;
    const seconds = (byKey.endedAt - phases.started) / 1000;
    const over = CONSUMERS.map((caller) => {
      const admitted = byKey.samples().filter((one) => one.caller === caller && one.outcome === 'ok').length;
      return overAdmission(admitted, bucket, seconds);
    });
    // What was under way when the clock jumped may be judged by either time.
    const ahead = whole(byToken.samples(phases.fault + EDGE_MS), backAt);
    const right = [...whole(byToken.samples(), phases.fault), ...byToken.samples(phases.healed + EDGE_MS)];
    const failed = seen[0].sent - seen[0].ok - (seen[0].refused['rate-limited'] ?? 0);
    const admitted = byKey.count('ok', phases.fault, phases.healed);
    return {
      seen,
      targets: [
        count('answered wrongly', seen[0].wrong + seen[1].wrong),
        count('lost', seen[0].lost + seen[1].lost),
        count('by API key: failed', failed),
        count('by API key: admitted too much, of the worst caller', Math.max(...over), 10, '%'),
        atLeast('by API key: admitted while the clock was wrong', admitted, 1),
        count('by token: expired ones that passed', ahead.filter(({ outcome }) => outcome === 'ok').length),
        count(
          'by token: refused while the clock was right',
          right.filter(({ outcome }) => outcome !== 'ok').length,
        ),
      ],
    };
  },
};

/** Those that were over by then. */
function whole(samples: readonly Sample[], until: number): Sample[] {
  return samples.filter(({ at, latencyMs }) => at + latencyMs < until);
}

export const CLOCK: readonly Experiment[] = [clock];
