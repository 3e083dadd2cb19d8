/**
 * A process in which gateways serve one after another, each by the command `serve` itself: what starting one costs is
 * mostly the loading of its modules, and this process has loaded them. Told by lines of JSON on standard input what to serve
 * and what signal a gateway gets; tells on descriptor 3 with which code each has ended. It ends with whoever started it.
 */
import { EventEmitter } from 'node:events';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as application from '../app.ts';
import { serve } from './serve.ts';
import type { Signals } from './signals.ts';
import { processTerminal } from './terminal.ts';

const REPORTS = 3;

type Order =
  | { readonly id: number; readonly config: string }
  | { readonly id: number; readonly signal: NodeJS.Signals };

/** What its `process` is to one gateway, but for the process id. Nobody supervises or succeeds it. */
class Place extends EventEmitter implements Signals {
  readonly ended = Promise.withResolvers<number>();

  exit(code: number): void {
    this.ended.resolve(code);
  }
}

const places = new Map<number, Place>();

async function begin(id: number, config: string): Promise<void> {
  const place = new Place();
  places.set(id, place);
  const served = serve({ config }, processTerminal, place, application, new EventEmitter());
  // Whichever comes first: it ends, or it would have ended its process.
  const code = await Promise.race([served, place.ended.promise]);
  places.delete(id);
  writeSync(REPORTS, `${JSON.stringify({ id, code })}\n`);
}

for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (error) => {
    if (places.size === 0) throw error;
    // Whose it is nobody knows: a gateway that does not hold it tells, and ends as its own process would.
    for (const place of places.values()) place.emit(event, error);
  });
}

const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => {
  const order: Order = JSON.parse(line);
  if ('config' in order) void begin(order.id, order.config);
  else places.get(order.id)?.emit(order.signal);
});
orders.on('close', () => process.exit());
