/** Loaded ahead of a gateway (`--import`): its wall clock is off by as many milliseconds as a file says, from one moment to the next. */
import { readFileSync } from 'node:fs';

const file = process.env.FRONTDESK_TEST_CLOCK;
const POLL_MS = 10;
const RealDate = Date;
let offsetMs = 0;

if (file !== undefined) {
  setInterval(() => {
    offsetMs = Number(readFileSync(file, 'utf8'));
  }, POLL_MS).unref();
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [RealDate.now() + offsetMs] : args, newTarget),
    get: (target, key) => (key === 'now' ? () => RealDate.now() + offsetMs : Reflect.get(target, key)),
  });
}
