/** Experiments 12 and 13: what the gateway has to learn from others, issuers' keys and addresses, is gone, late or wrong. */
import { DnsServer } from '../rig/dns.ts';
import { count, type Experiment, time, timedAtLeast } from '../rig/experiment.ts';
import { Issuer } from '../rig/issuer.ts';
import { CALLERS, CONSUMERS, consumerEntry, type Lab } from '../rig/lab.ts';
import type { Caller } from '../rig/load.ts';
import type { Tally } from '../rig/tally.ts';

const TTL_S = 1;
const SUBJECTS = ['ada', 'bob', 'cyd', 'dee'];
/** A key that nobody knows is asked for at once, and then at most so often. */
const COOLDOWN_MS = 30_000;

async function startIssuer(lab: Lab, name: string): Promise<Issuer> {
  const issuer = await Issuer.start(name);
  lab.atEnd(async () => issuer.close());
  return issuer;
}

function callersOf(issuer: Issuer): Promise<Caller[]> {
  return Promise.all(SUBJECTS.map((subject) => issuer.caller(`${subject}-${issuer.url.slice(8, 12)}`)));
}

const refused = (tally: Tally): number => tally.count('invalid-credentials') + tally.count('unauthenticated');

const keys: Experiment = {
  number: 12,
  title: "An issuer's keys are rotated; they are gone, garbage and late",
  async run(lab) {
    const [calm, sick] = await Promise.all([startIssuer(lab, 'calm'), startIssuer(lab, 'sick')]);
    const [backend, proxy] = await Promise.all([lab.backend(), lab.proxy(sick.port)]);
    const audience = 'chaos';
    const algorithms = ['ES256'];
    const gateway = await lab.gateway({
      config: {
        shedding: 'off',
        telemetry: { accessLog: { enabled: false } },
        auth: {
          jwt: [
            { issuer: calm.url, jwksUri: `http://127.0.0.1:${calm.port}/jwks`, audience, algorithms },
            { issuer: sick.url, jwksUri: `http://127.0.0.1:${proxy.port}/jwks`, audience, algorithms },
          ],
        },
        upstreams: { echo: { url: backend.url } },
        routes: [{ match: { path: '/tokens' }, to: { upstream: 'echo' }, auth: ['jwt'] }],
      },
    });
    const ask = { path: '/tokens', perSecond: lab.scale.perSecond / 4 };
    const old = lab.load(gateway, {
      ...ask,
      callers: [...(await callersOf(calm)), ...(await callersOf(sick))],
    });
    const loads = [old];
    const part = lab.scale.faultMs / 3;
    const phases = await lab.phases(async () => {
      await calm.rotate();
      loads.push(lab.load(gateway, { ...ask, callers: await callersOf(calm) }));
      proxy.set({ kind: 'refuse' });
      await sick.rotate();
      loads.push(lab.load(gateway, { ...ask, callers: await callersOf(sick) }));
      await lab.wait(part);
      sick.isGarbage = true;
      proxy.heal();
      await lab.wait(part);
      sick.isGarbage = false;
      proxy.set({ kind: 'delay', ms: 5_000 });
      return async () => proxy.heal();
    });
    const tallies = await Promise.all(loads.map((load) => load.stop()));
    const [known, rotated, unknown] = tallies;
    const failed = await gateway.metric('frontdesk_jwks_fetches_total', 'outcome="failed"');
    await gateway.stop();
    if (!known || !rotated || !unknown) throw new Error('three loads were begun');
    const seen = tallies.map((tally) => tally.summary());
    const asks = 1 + Math.ceil((phases.ended - phases.fault) / COOLDOWN_MS);
    const firstOk = unknown.samples(phases.healed).find(({ outcome }) => outcome === 'ok');
    const waits = lab.scale.recoveryMs > COOLDOWN_MS;
    return {
      seen,
      targets: [
        count(
          'good tokens refused (401)',
          tallies.reduce((sum, tally) => sum + refused(tally), 0),
        ),
        count(
          'answered wrongly',
          seen.reduce((sum, { wrong }) => sum + wrong, 0),
        ),
        count(
          'tokens of known keys, and of one rotated in peace: not answered',
          notAnswered(known) + notAnswered(rotated),
        ),
        count('fetches of what is not there', failed, asks),
        ...(waits
          ? [
              time(
                'tokens of a key made in the outage work after',
                (firstOk?.at ?? Number.POSITIVE_INFINITY) - phases.healed,
                COOLDOWN_MS,
              ),
            ]
          : []),
      ],
    };
  },
};

function notAnswered(tally: Tally): number {
  const { sent, ok } = tally.summary();
  return sent - ok;
}

const names: Experiment = {
  number: 13,
  title: 'DNS: no such name, alternating addresses, silence, a new address',
  async run(lab) {
    const first = await lab.backend(0, '127.0.0.1');
    const second = await lab.backend(first.port, '127.0.0.2');
    const dns = await DnsServer.start(TTL_S, { kind: 'addresses', addresses: ['127.0.0.1'] });
    lab.atEnd(async () => dns.close());
    const gateway = await lab.gateway({
      config: {
        shedding: 'off',
        telemetry: { accessLog: { enabled: false } },
        auth: { apiKey: {} },
        consumers: CONSUMERS.map((id) => consumerEntry(id)),
        upstreams: {
          named: {
            discover: {
              dns: { url: `http://flapping.test:${first.port}`, family: 'ipv4', servers: [dns.address] },
              addresses: { allow: ['127.0.0.0/8'] },
            },
          },
        },
        routes: [{ match: { path: '/named' }, to: { upstream: 'named' }, auth: ['apiKey'] }],
      },
    });
    const load = lab.load(gateway, { path: '/named', callers: CALLERS });
    const part = lab.scale.faultMs / 3;
    let movedAt = 0;
    const phases = await lab.phases(async () => {
      dns.mode = { kind: 'nxdomain' };
      await lab.wait(part);
      dns.mode = { kind: 'silent' };
      await lab.wait(part);
      for (let i = 0; i < 4; i += 1) {
        dns.mode = { kind: 'addresses', addresses: [i % 2 === 0 ? '127.0.0.2' : '127.0.0.1'] };
        await lab.wait(part / 4);
      }
      return async () => {
        await second.stats();
        await lab.wait(0);
        dns.mode = { kind: 'addresses', addresses: ['127.0.0.2'] };
        movedAt = performance.timeOrigin + performance.now();
      };
    });
    // What is asked at the moment may wait for the silence to end (2 s); the rest is the TTL and a second.
    await lab.wait(lab.scale.isShort ? 1_500 : 0);
    const tally = await load.stop();
    const seen = tally.summary();
    const { came } = await second.stats();
    await gateway.stop();
    const moved = came.find((at) => at > movedAt);
    return {
      seen: [seen],
      targets: [
        count('not answered', seen.sent - seen.ok),
        count('answered wrongly', seen.wrong),
        count('lost', seen.lost),
        timedAtLeast('calls of the new address', came.length, 1),
        time('new address in use after', (moved ?? Number.POSITIVE_INFINITY) - movedAt, TTL_S * 1000 + 1_000),
        time('p99 in the fault', tally.latency(0.99, 'ok', phases.fault, phases.healed), 100),
      ],
    };
  },
};

export const NAMES_AND_KEYS: readonly Experiment[] = [keys, names];
