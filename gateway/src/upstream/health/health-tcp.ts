/** Asks an endpoint by opening a connection to it, TLS included where it speaks TLS. */
import type net from 'node:net';
import type { Probe } from './health-check.ts';

export function tcpProbe(dial: () => net.Socket, connected: 'connect' | 'secureConnect'): Probe {
  return async ({ cancellation }) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = dial();
    const stopListening = cancellation.onCancel((reason) => socket.destroy(reason));
    socket.once(connected, () => resolve());
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
    try {
      await promise;
    } finally {
      stopListening();
      socket.destroy();
    }
  };
}
