/**
 * Leaving without losing a request. A server can't close a kept-alive connection safely while its client may be
 * sending (RFC 9112 §9.6), so a connection is told `Connection: close` on its next reply, and only one that stayed
 * quiet for a while is closed from our side.
 */
import { Server } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { Connection, Connections } from './connections.ts';

export interface DrainOptions {
  readonly clock: Clock;
  /** How long a connection must be without bytes and requests before it is closed. */
  readonly idleMs: number;
  /** When everything that still runs is cut off. */
  readonly graceMs: number;
}

export interface DrainResult {
  /** Requests that were still running when the grace ended. */
  readonly cut: number;
}

interface Quiet {
  bytes: number;
  since: number;
}

const SWEEPS_PER_IDLE = 4;

/** What arrives while a turn of the loop reads is read in the next one: who is judged after a long turn is judged by old news. */
const SHORT_TURN_MS = 2;
/** A loop that is never quick is not waited for. */
const MOST_TURNS = 20;
/** Closed at once: closing takes time, too. */
const MOST_CLOSED = 8;

/** Turns of the loop that a server's drain gives to whoever waits to be accepted: as many as may wait. */
export const BACKLOG = 1024;

/** Where connections come faster than they are accepted somebody always waits: then it is for so long. */
const ACCEPTING_MS = 1_000;

/**
 * Resolves when nobody waits to be accepted any more: the system resets those who do when a socket is closed. One
 * connection is accepted a turn of the event loop, so the last of them was taken before a turn that brought none.
 */
export async function acceptWaiting(server: Server, clock: Clock): Promise<void> {
  let now = clock.now();
  const until = now + ACCEPTING_MS;
  let came = false;
  const onCame = (): void => {
    came = true;
  };
  server.on('connection', onCame);
  server.on('drop', onCame);
  try {
    for (let turn = 0; turn < BACKLOG; turn += 1) {
      came = false;
      // After sockets were read: whoever comes later than this finds it closed.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const began = now;
      now = clock.now();
      if (turn > 0 && ((!came && now - began <= SHORT_TURN_MS) || now >= until)) return;
    }
  } finally {
    server.off('connection', onCame);
    server.off('drop', onCame);
  }
}

/** Takes no new connections. Not the server's own `close`: it destroys idle ones, on which a request may be under way. */
export function stopAccepting(server: Server): void {
  Server.prototype.close.call(server);
}

/** Resolves when no connection is left. Whoever calls has stopped accepting. */
export function drainConnections(connections: Connections, options: DrainOptions): Promise<DrainResult> {
  const { clock, idleMs, graceMs } = options;
  const { promise, resolve } = Promise.withResolvers<DrainResult>();
  const quiet = new Map<Connection, Quiet>();
  let cut = 0;
  let stopSweeping = (): void => {};

  const sweep = (): void => {
    const now = clock.now();
    let closed = 0;
    for (const connection of connections) {
      if (connection.socket.writableEnded || !isQuiet(connection, quiet, now, idleMs)) continue;
      connection.closing = true;
      connection.socket.destroySoon();
      closed += 1;
      if (closed === MOST_CLOSED) break;
    }
    if (closed === MOST_CLOSED) afterReading();
    else stopSweeping = clock.after(idleMs / SWEEPS_PER_IDLE, afterReading);
  };
  // Timers fire before sockets are read: what has arrived meanwhile is read first, and then judged.
  const afterReading = (): void => afterShortTurn(clock, MOST_TURNS, sweep);

  const stopGrace = clock.after(graceMs, () => {
    for (const connection of connections) cut += connection.inFlight;
    connections.destroyAll();
  });
  const done = (): void => {
    stopGrace();
    stopSweeping();
    resolve({ cut });
  };
  connections.onEmpty(done);
  if (connections.size === 0) done();
  else sweep();
  return promise;
}

/** Acts after sockets were read, in a turn that left little time for more to arrive. */
function afterShortTurn(clock: Clock, turns: number, act: () => void): void {
  const began = clock.now();
  setImmediate(() => {
    if (turns > 1 && clock.now() - began > SHORT_TURN_MS) afterShortTurn(clock, turns - 1, act);
    else act();
  });
}

function isQuiet(
  connection: Connection,
  quiet: Map<Connection, Quiet>,
  now: number,
  idleMs: number,
): boolean {
  const { bytesRead } = connection.socket;
  const seen = quiet.get(connection);
  if (!seen) {
    quiet.set(connection, { bytes: bytesRead, since: now });
    return false;
  }
  if (connection.inFlight > 0 || seen.bytes !== bytesRead) {
    seen.bytes = bytesRead;
    seen.since = now;
    return false;
  }
  return now - seen.since >= idleMs;
}

export function waited(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
