/** A process as its inspector sees it (`--inspect=127.0.0.1:0`): its heap after a collection, its timers, what its heap consists of. */

/** Enough for weak references and finalizers to be done with. */
const COLLECTIONS = 2;

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly chunk?: string };
  readonly result?: { readonly usedSize?: number; readonly result?: { readonly value?: unknown } };
}

interface SnapshotFile {
  readonly snapshot: { readonly meta: { node_fields: string[]; node_types: [string[]] } };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

export class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #chunks: string[] = [];
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(String(data))));
    socket.addEventListener('close', () => {
      for (const answer of this.#waiting.values()) answer({});
    });
  }

  /** `log`: of the process; it says where its inspector listens. */
  static async open(log: string): Promise<Inspector> {
    // Said again by a process that takes the first one's place.
    const url = log.match(/ws:\/\/127\.0\.0\.1:\S+/g)?.at(-1) ?? '';
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error(`no inspector at '${url}'`)));
    });
    return new Inspector(socket);
  }

  /** Bytes in use after a forced collection. */
  async heapBytes(): Promise<number> {
    for (let i = 0; i < COLLECTIONS; i += 1) await this.#ask('HeapProfiler.collectGarbage');
    return (await this.#ask('Runtime.getHeapUsage')).result?.usedSize ?? Number.NaN;
  }

  /** Timers that keep the process, and those that do not count. */
  async timers(): Promise<number> {
    const expression = "process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length";
    const { result } = await this.#ask('Runtime.evaluate', { expression, returnByValue: true });
    return Number(result?.result?.value);
  }

  /** How many objects there are of each constructor. The process stands still meanwhile. */
  async constructors(): Promise<ReadonlyMap<string, number>> {
    this.#chunks = [];
    await this.#ask('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
    const file: SnapshotFile = JSON.parse(this.#chunks.join(''));
    this.#chunks = [];
    return countObjects(file);
  }

  close(): void {
    this.#socket.close();
  }

  #ask(method: string, params: object = {}): Promise<Answer> {
    const id = ++this.#id;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return promise.finally(() => this.#waiting.delete(id));
  }

  #hear(answer: Answer): void {
    if (answer.method === 'HeapProfiler.addHeapSnapshotChunk') this.#chunks.push(answer.params?.chunk ?? '');
    else if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
  }
}

function countObjects({ snapshot, nodes, strings }: SnapshotFile): ReadonlyMap<string, number> {
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [typeAt, nameAt] = [fields.indexOf('type'), fields.indexOf('name')];
  const object = types[0].indexOf('object');
  const counts = new Map<string, number>();
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (nodes[at + typeAt] !== object) continue;
    const name = strings[nodes[at + nameAt] ?? -1] ?? '';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
