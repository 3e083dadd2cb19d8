/** What processes have used of the cores, as Linux counts it. Elsewhere nobody counts, and nothing is told. */
import { readFileSync } from 'node:fs';

/** The unit of these counts is fixed for programs: USER_HZ. */
const MS_PER_TICK = 10;

/** Milliseconds of all children that have ended and been waited for, with those that they waited for. */
export function childrenCpuMs(): number | undefined {
  try {
    return cpuMsOf(readFileSync('/proc/self/stat', 'utf8'));
  } catch {
    return undefined;
  }
}

/** Of the text of `/proc/PID/stat` (proc_pid_stat(5)): `cutime` and `cstime`. The name before them may hold anything. */
export function cpuMsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * MS_PER_TICK;
}
