/** How many CPUs this process may keep busy: those that it may run on, and no more than its control group's share of time. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const CGROUPS = '/sys/fs/cgroup';

/** At least 1. A share of time is rounded up: with 1.5 CPUs two processes are busy, each for three quarters. */
export function usableCpus(parallelism = availableParallelism(), root = CGROUPS, own = ownGroup()): number {
  return Math.max(1, Math.min(parallelism, Math.ceil(quotaCpus(root, own))));
}

/** Version 2 writes `max 100000` or `150000 100000`; version 1 has two files, and -1 for no limit. A parent's limit holds too. */
function quotaCpus(root: string, own: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let group = own; ; group = group.slice(0, group.lastIndexOf('/'))) {
    const [quota, period] = (read(join(root, group, 'cpu.max')) ?? '').split(' ');
    least = Math.min(least, cpusOf(quota, period));
    if (group === '') break;
  }
  const quota = read(join(root, 'cpu/cpu.cfs_quota_us'));
  return Math.min(least, cpusOf(quota, read(join(root, 'cpu/cpu.cfs_period_us'))));
}

function cpusOf(quota: string | undefined, period: string | undefined): number {
  const cpus = Number(quota) / Number(period);
  return Number.isFinite(cpus) && cpus > 0 ? cpus : Number.POSITIVE_INFINITY;
}

/** `/` where a container sees nothing but itself. */
function ownGroup(): string {
  const group = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1] ?? '';
  return group === '/' || group.includes('..') ? '' : group;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
