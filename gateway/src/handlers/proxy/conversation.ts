/**
 * A conversation with a backend over a WebSocket that has an end: messages are sent, replies gathered until a condition
 * holds, within limits of number and size. Replies are JSON texts; a text that is none becomes a JSON string.
 */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { SocketEnd, UpstreamSocket } from '../../core/upstream-socket.ts';
import type { JsonStripper } from '../../wire/json/json-strip.ts';
import { memberAt } from './message-template.ts';
import type { ExchangeConfig, MessageMatch } from './proxy-stream-config.ts';

const NORMAL = 1000;
const NO_CODE = 1005;
const GOING_AWAY = 1001;

export interface ConversationOptions {
  readonly socket: UpstreamSocket;
  readonly config: Pick<ExchangeConfig, 'skip' | 'until' | 'maxMessages' | 'maxSize'>;
  readonly messages: readonly string[];
  /** Takes members out of a reply that no client may see; `undefined` is answered for what is not JSON. */
  readonly strip: JsonStripper | undefined;
  readonly clock: Clock;
  /** A reply, as JSON text on one line. False: more must wait for `resume`. */
  readonly onReply: (json: string) => boolean;
  readonly onDone: () => void;
  readonly onError: (error: FrontdeskError) => void;
}

export class Conversation {
  readonly #options: ConversationOptions;
  readonly #skip: readonly Matches[];
  readonly #match: Matches | undefined;
  #count = 0;
  #bytes = 0;
  #over = false;
  #disarm: (() => void) | undefined;

  constructor(options: ConversationOptions) {
    const { skip, until } = options.config;
    this.#options = options;
    this.#skip = skip.map(matcher);
    this.#match = until.match && matcher(until.match);
  }

  start(): void {
    const { socket, messages, config, clock } = this.#options;
    for (const message of messages) if (message !== '') socket.send(message);
    if (config.until.after !== undefined) {
      this.#disarm = clock.after(config.until.after, () => this.#done());
    }
    socket.start({
      message: (bytes, binary) => this.#reply(bytes, binary),
      drained() {},
      closed: (end) => this.#closed(end),
    });
  }

  resume(): void {
    this.#options.socket.resume();
  }

  /** Nobody wants the answer any more. */
  abandon(): void {
    if (this.#end()) this.#options.socket.close(GOING_AWAY, '');
  }

  #reply(bytes: Uint8Array, binary: boolean): void {
    if (this.#over) return;
    const { strip, config, onReply, socket } = this.#options;
    this.#bytes += bytes.length;
    const shown = strip && !binary ? strip(bytes) : bytes;
    const fault = this.#fault(shown, binary);
    if (fault || !shown) {
      this.#fail(fault ?? new FrontdeskError('upstream_invalid'));
      return;
    }
    const text = Buffer.from(shown.buffer, shown.byteOffset, shown.length).toString('utf8');
    const { value, json } = asJson(text);
    if (this.#skip.some((matches) => matches(value))) return;
    this.#count += 1;
    if (this.#count > config.maxMessages) {
      this.#fail(tooLarge(`more than ${config.maxMessages} messages`));
      return;
    }
    if (!onReply(json)) socket.pause();
    const enough = config.until.messages !== undefined && this.#count >= config.until.messages;
    if (enough || this.#match?.(value)) this.#done();
  }

  #fault(shown: Uint8Array | undefined, binary: boolean): FrontdeskError | undefined {
    const { maxSize } = this.#options.config;
    if (this.#bytes > maxSize) return tooLarge(`more than ${maxSize} bytes`);
    if (binary) return invalid('a binary message where JSON was expected');
    return shown ? undefined : invalid('a message whose members must be stripped is no JSON');
  }

  #closed({ code, error }: SocketEnd): void {
    if (!this.#end()) return;
    const { config, onDone, onError } = this.#options;
    const inOrder = !error && (code === NORMAL || code === NO_CODE);
    if (inOrder && config.until.close) onDone();
    else
      onError(
        error ?? new FrontdeskError('upstream_reset', { detail: `closed with ${code} before the end` }),
      );
  }

  #done(): void {
    if (!this.#end()) return;
    this.#options.socket.close(NORMAL, '');
    this.#options.onDone();
  }

  #fail(error: FrontdeskError): void {
    if (!this.#end()) return;
    this.#options.socket.close(GOING_AWAY, '');
    this.#options.onError(error);
  }

  /** False where it was over before. */
  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#disarm?.();
    return true;
  }
}

function tooLarge(detail: string): FrontdeskError {
  return new FrontdeskError('upstream_too_large', { detail });
}

function invalid(detail: string): FrontdeskError {
  return new FrontdeskError('upstream_invalid', { detail });
}

type Matches = (value: unknown) => boolean;

function matcher({ path, equals }: MessageMatch): Matches {
  const names = path.split('.');
  return (value) => {
    const found = memberAt(value, names);
    return equals === undefined ? found !== undefined : found === equals;
  };
}

/** A text as JSON on one line: itself, where it is that. */
function asJson(text: string): { readonly value: unknown; readonly json: string } {
  try {
    const value: unknown = JSON.parse(text);
    // Line breaks stand between tokens alone: within strings JSON escapes them.
    return { value, json: text.replace(/[\r\n]+/g, ' ') };
  } catch {
    return { value: text, json: JSON.stringify(text) };
  }
}
