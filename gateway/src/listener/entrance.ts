/**
 * How connections come to a listener's server: through a port or a socket file of its own, through a socket that another
 * process listened on before, or one by one from whoever accepts them for us.
 */
import type { Server as HttpServer } from 'node:http';
import type { Server, Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { acceptWaiting, BACKLOG, stopAccepting } from './drain.ts';
import type { ListenConfig } from './listen-config.ts';
import { ListenError } from './listen-error.ts';
import { clearStaleSocket } from './stale-socket.ts';

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Somebody else accepts connections and gives them to us. */
export interface ConnectionSource {
  /** Gives each connection to `take` from now on, unread. Resolves with where they are accepted. */
  open(take: (socket: Socket) => void): Promise<Place>;
  /** Gives no more. */
  close(): void;
}

export interface EntranceOptions {
  readonly config: Pick<ListenConfig, 'host' | 'port' | 'socket' | 'reusePort'>;
  /** What sets the port, for the error about a taken one. */
  readonly portOption: string;
  readonly source?: ConnectionSource | undefined;
  /** Asked when it is time to listen: a socket that another process listened on, to go on with. */
  readonly inherit?: (() => Promise<Server | undefined>) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Entrance {
  readonly #server: HttpServer;
  readonly #options: EntranceOptions;
  #given = 0;

  constructor(server: HttpServer, options: EntranceOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** Rejects with a `ListenError`. */
  async open(): Promise<Place> {
    const { source, inherit } = this.#options;
    if (!source) return listenOn(this.#server, this.#options, await inherit?.());
    // What node does when a server listens: without it no time limit on heads would hold.
    this.#server.emit('listening');
    return source.open((socket) => this.#take(socket));
  }

  /** What can be passed on to another process; `undefined` where nothing listens here. */
  get listening(): Server | undefined {
    return this.#server.listening ? this.#server : undefined;
  }

  /** Takes no new connections but those that the system has taken for us; those that are there stay. */
  async close(): Promise<void> {
    if (this.#options.source) {
      this.#options.source.close();
      return;
    }
    await acceptWaiting(this.#server, this.#options.clock);
    stopAccepting(this.#server);
  }

  #take(socket: Socket): void {
    // Node holds a server to this for what it accepts itself alone.
    if (this.#given >= this.#server.maxConnections) {
      this.#server.emit('drop');
      socket.destroy();
      return;
    }
    this.#given += 1;
    socket.once('close', () => {
      this.#given -= 1;
    });
    // As servers of HTTP have theirs: a client that has said all may still be answered.
    socket.allowHalfOpen = true;
    this.#server.emit('connection', socket);
  }
}

/** Listens, on a socket that is there already where one is given. Rejects with a `ListenError`. */
export async function listenOn(
  server: Server,
  { config, portOption, logger }: Pick<EntranceOptions, 'config' | 'portOption' | 'logger'>,
  inherited?: Server,
): Promise<Place> {
  const { host, port, socket, reusePort } = config;
  if (socket !== undefined && !inherited) await clearStaleSocket(socket);
  const { promise, resolve, reject } = Promise.withResolvers<Place>();
  const onError = (error: NodeJS.ErrnoException): void =>
    reject(new ListenError(host, port, portOption, error, socket));
  const onListening = (): void => {
    server.removeListener('error', onError);
    // Past start-up these are failures to accept, such as too many open files: nothing is lost but that one.
    server.on('error', (error) => logger.error({ error: error.message }, 'listener error'));
    const address = server.address();
    resolve({ host, port: typeof address === 'object' && address ? address.port : port });
  };
  server.once('error', onError);
  if (inherited) server.listen(inherited, onListening);
  else {
    const place = socket === undefined ? { host, port, reusePort } : { path: socket };
    server.listen({ ...place, backlog: BACKLOG }, onListening);
  }
  return promise;
}
