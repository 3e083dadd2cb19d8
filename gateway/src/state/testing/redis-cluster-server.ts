/** A real Redis Cluster for tests: three primaries with a third of the slots each, and a replica of the first. */
import { setTimeout as delay } from 'node:timers/promises';
import { redisCommand, startRedis, type TestRedis } from './redis-server.ts';

const SLOTS = 16_384;

export interface TestCluster {
  readonly primaries: readonly TestRedis[];
  /** Of the first primary. */
  readonly replica: TestRedis;
  /** Some URLs of it, as a configuration names them. */
  readonly urls: readonly string[];
  /** Gives a slot of the first primary, with what lies in it, to the second. */
  migrate(slot: number): Promise<void>;
  stop(): Promise<void>;
}

/** The third of the slots that a primary begins with. */
export function firstOwner(slot: number): number {
  return Math.min(2, Math.floor((slot * 3) / SLOTS));
}

export async function startCluster(): Promise<TestCluster> {
  const flags = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000'];
  const [first, second, third, replica] = await Promise.all([0, 1, 2, 3].map(() => startRedis(flags)));
  if (!first || !second || !third || !replica) throw new Error('no servers');
  const primaries = [first, second, third];
  const owned = primaries.map((_primary, i) =>
    Array.from({ length: SLOTS }, (_none, slot) => slot).filter((slot) => firstOwner(slot) === i),
  );
  for (const [i, { port }] of primaries.entries()) {
    await redisCommand(port, `CLUSTER ADDSLOTSRANGE ${owned[i]?.[0]} ${owned[i]?.at(-1)}`);
    await redisCommand(port, `CLUSTER SET-CONFIG-EPOCH ${i + 1}`);
  }
  for (const { port } of [second, third, replica]) {
    await redisCommand(first.port, `CLUSTER MEET 127.0.0.1 ${port}`);
  }
  const ids = await Promise.all(primaries.map(({ port }) => nodeId(port)));
  const all = [...primaries, replica];
  await everywhere(all, async ({ port }) =>
    (await redisCommand(port, 'CLUSTER INFO')).includes('cluster_known_nodes:4'),
  );
  await redisCommand(replica.port, `CLUSTER REPLICATE ${ids[0]}`);
  await everywhere(all, async ({ port }) => {
    const info = await redisCommand(port, 'CLUSTER INFO');
    const nodes = await redisCommand(port, 'CLUSTER NODES');
    return info.includes('cluster_state:ok') && nodes.includes('slave') && !nodes.includes('handshake');
  });
  await everywhere([replica], async ({ port }) =>
    (await redisCommand(port, 'INFO replication')).includes('master_link_status:up'),
  );
  return {
    primaries,
    replica,
    urls: primaries.map(({ url }) => url),
    migrate: (slot) => migrate(slot, { from: first, to: second, others: [third, replica] }),
    stop: async () => {
      await Promise.all(all.map((server) => server.stop()));
    },
  };
}

async function migrate(
  slot: number,
  { from, to, others }: { from: TestRedis; to: TestRedis; others: readonly TestRedis[] },
): Promise<void> {
  const [source, target] = await Promise.all([nodeId(from.port), nodeId(to.port)]);
  await redisCommand(to.port, `CLUSTER SETSLOT ${slot} IMPORTING ${source}`);
  await redisCommand(from.port, `CLUSTER SETSLOT ${slot} MIGRATING ${target}`);
  const keys = await redisCommand(from.port, `CLUSTER GETKEYSINSLOT ${slot} 1000`);
  for (const line of keys.split('\r\n')) {
    if (line.startsWith('*') || line.startsWith('$') || line === '') continue;
    await redisCommand(from.port, `MIGRATE 127.0.0.1 ${to.port} ${line} 0 1000`);
  }
  for (const { port } of [to, from, ...others]) {
    await redisCommand(port, `CLUSTER SETSLOT ${slot} NODE ${target}`);
  }
}

async function nodeId(port: number): Promise<string> {
  return (await redisCommand(port, 'CLUSTER MYID')).split('\r\n')[1] ?? '';
}

async function everywhere(
  servers: readonly TestRedis[],
  holds: (server: TestRedis) => Promise<boolean>,
): Promise<void> {
  for (const server of servers) while (!(await holds(server))) await delay(50);
}
