/** The thread of `watchdog.ts`: it can look at the main thread while that runs one thing without end. */
import { writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { parentPort, workerData } from 'node:worker_threads';
import type { PluginCode, WatchdogData } from './watchdog.ts';

const STDERR = 2;
const { beats, standsMs, pollMs }: WatchdogData = workerData;
const known = new Map<string, readonly string[]>();
let lastBeat = -1;
let stoodMs = 0;

parentPort?.on('message', ({ plugin, beginnings }: PluginCode) => known.set(plugin, beginnings));

setInterval(() => {
  const beat = Atomics.load(beats, 0);
  if (beat !== lastBeat) {
    lastBeat = beat;
    stoodMs = 0;
    return;
  }
  stoodMs += pollMs;
  // Once for each time that it stands.
  if (stoodMs >= standsMs && stoodMs < standsMs + pollMs) tell();
}, pollMs);

/** Interrupts the main thread for a moment, between two of its instructions. */
function tell(): void {
  const session = new Session();
  session.connectToMainThread();
  const urls = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => urls.set(scriptId, url));
  session.on('Debugger.paused', ({ params: { callFrames } }) => {
    const frames = callFrames.map(
      ({ location: { scriptId, lineNumber, columnNumber = 0 } }) =>
        `${urls.get(scriptId) ?? ''}:${lineNumber + 1}:${columnNumber + 1}`,
    );
    session.post('Debugger.resume', () => session.disconnect());
    const at = frames.find((frame) => ownerOf(frame) !== undefined);
    const plugin = at === undefined ? undefined : ownerOf(at);
    if (plugin === undefined) return;
    const line = {
      level: 'error',
      time: new Date().toISOString(),
      plugin,
      at,
      message: `a plugin's code has not ended for ${standsMs} ms: this process answers nobody`,
    };
    writeSync(STDERR, `${JSON.stringify(line)}\n`);
  });
  session.post('Debugger.enable', () => session.post('Debugger.pause'));
}

/** A file that is named wins over the folder that it lies in. */
function ownerOf(frame: string): string | undefined {
  let longest = 0;
  let owner: string | undefined;
  for (const [plugin, beginnings] of known) {
    for (const beginning of beginnings) {
      if (beginning.length <= longest || !frame.startsWith(beginning)) continue;
      longest = beginning.length;
      owner = plugin;
    }
  }
  return owner;
}
