/** For tests: a backend's socket that does what a test says, and remembers what was said to it. */
import type { SocketReceiver, UpstreamSocket } from '../../core/upstream-socket.ts';

export class ScriptedSocket implements UpstreamSocket {
  readonly protocol = '';
  readonly heard: string[] = [];
  receiver: SocketReceiver | undefined;
  paused = false;
  closed: readonly [code: number, reason: string] | undefined;
  /** What `send` answers. */
  takes = true;

  start(receiver: SocketReceiver): void {
    this.receiver = receiver;
  }

  send(message: string | Uint8Array, binary = typeof message !== 'string'): boolean {
    this.heard.push(`${binary ? 'binary ' : ''}${Buffer.from(message).toString()}`);
    return this.takes;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  close(code: number, reason: string): void {
    this.closed ??= [code, reason];
  }

  says(text: string, binary = false): void {
    this.receiver?.message(Buffer.from(text), binary);
  }

  ends(code: number, reason = ''): void {
    this.receiver?.closed({ code, reason, error: undefined });
  }
}
