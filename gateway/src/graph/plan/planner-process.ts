/** A planner in a process of its own, from which no panic reaches the gateway. */
import { fork } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import type { PlannerChannel, PlannerEvents } from './planner-host.ts';

export function openPlannerProcess(module: URL, events: PlannerEvents): PlannerChannel {
  // It needs neither our environment (which holds secrets) nor our heap settings, and a panic's words are for nobody.
  // Of what is compiled already it makes use, as this process does.
  const compiled = getCompileCacheDir();
  const env = compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) };
  const process = fork(module, { env, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  process.on('message', events.message);
  process.once('error', (error) => events.ended(`a failed start: ${error.message}`));
  process.once('exit', (code, signal) => events.ended(signal ?? `exit code ${code}`));
  return {
    get id() {
      return process.pid;
    },
    send(order) {
      process.send(order, (error) => {
        if (error) events.ended('a broken channel');
      });
    },
    kill() {
      process.kill('SIGKILL');
    },
    hold(on) {
      if (on) {
        // The process as well: when it is killed, its end must be heard.
        process.ref();
        process.channel?.ref();
      } else {
        process.unref();
        process.channel?.unref();
      }
    },
  };
}
