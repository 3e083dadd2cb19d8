/**
 * Redis with a clock that a test sets: the scripts of limits are the same but for the lines that ask for the time, and for
 * the time to live of what they keep, which passes on Redis's own clock.
 */
import type { Clock } from '../../core/clock.ts';
import { defineScript, type Script, type ScriptStore } from '../../state/store.ts';

const CLOCK = /local time = redis\.call\('TIME'\)\nlocal clock = .*\n/;

export function clockedStore(store: ScriptStore, clock: Pick<Clock, 'wall'>): ScriptStore {
  const clocked = new Map<string, Script>();
  return {
    connected: true,
    settled: () => store.settled(),
    get: (key) => store.get(key),
    set: (key, value, ttlMs) => store.set(key, value, ttlMs),
    delete: (key) => store.delete(key),
    add: (key, value, ttlMs) => store.add(key, value, ttlMs),
    close: () => store.close(),
    run: (script, keys, args) => {
      let copy = clocked.get(script.sha1);
      if (!copy) {
        if (!CLOCK.test(script.source)) throw new TypeError('the script asks for no time');
        copy = defineScript(stopped(script.source));
        clocked.set(script.sha1, copy);
      }
      return store.run(copy, keys, [...args, clock.wall()]);
    },
  };
}

function stopped(source: string): string {
  return source
    .replace(CLOCK, 'local clock = tonumber(ARGV[#ARGV])\n')
    .replace('math.max(1, math.ceil(ttl))', '600000')
    .replaceAll('2 * s.window))', '600000))');
}
