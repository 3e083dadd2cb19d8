import { EventEmitter } from 'node:events';
import { describe } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { PrimaryServer } from '../state/primary-server.ts';
import { PrimaryStore } from '../state/primary-store.ts';
import { contract } from './flow-journal.fixture.ts';
import { PrimaryFlowJournals, serveFlows } from './flow-journal-primary.ts';

describe('a journal at the primary process', () => {
  const toPrimary = new EventEmitter();
  const toWorker = new EventEmitter();
  const pass = (to: EventEmitter) => (message: object) => {
    setImmediate(() => to.emit('message', structuredClone(message)));
    return true;
  };
  const server = new PrimaryServer({ clock: systemClock, logger: noLogger });
  serveFlows(server, { clock: systemClock });
  server.adopt(Object.assign(toPrimary, { connected: true, send: pass(toWorker) }));
  const end = Object.assign(toWorker, { connected: true, send: pass(toPrimary) });
  const journal = new PrimaryFlowJournals(new PrimaryStore({ clock: systemClock, end })).of('m');
  contract(() => journal);
});
