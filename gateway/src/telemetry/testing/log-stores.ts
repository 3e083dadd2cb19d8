/**
 * Loki, Elasticsearch and ClickHouse as far as whoever ships logs to them can tell: each takes what its interface takes, answers as
 * it would, and keeps once what it keeps once. What does not fit is a fault, which the test looks at.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type ClickhouseTable, faultsOfRow } from './clickhouse-table.ts';
import { faultsOfDocument, type IndexTemplate } from './elasticsearch-template.ts';

/** What a store does with the next request, in place of its work: an answer's status, or closing without one, after its work. */
export type Trouble = number | 'lost answer';

export interface LogStore {
  readonly url: string;
  /** What is kept, in the order in which it came, by what it is kept once. */
  readonly kept: ReadonlyMap<string, string>;
  /** How many came, repetitions included. */
  readonly came: number;
  readonly faults: readonly string[];
  readonly requests: number;
  /** One of them befalls each of the next requests. */
  readonly troubles: Trouble[];
  /** Resolves when `kept` has that many. */
  has(count: number): Promise<void>;
  /** Resolves when that many requests have been answered, well or not. */
  answered(count: number): Promise<void>;
  close(): void;
}

/** Takes a request's body: gives what is to be kept, and throws what is wrong with it. */
type Reader = (url: URL, body: string) => { readonly key: string; readonly line: string }[];

async function startStore(read: Reader, answer: (count: number) => [number, string]): Promise<LogStore> {
  const kept = new Map<string, string>();
  const faults: string[] = [];
  const troubles: Trouble[] = [];
  const state = { came: 0, requests: 0 };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const trouble = troubles.shift();
    state.requests += 1;
    let [status, text] = [400, ''];
    if (typeof trouble === 'number') status = trouble;
    else {
      try {
        const lines = read(new URL(request.url ?? '/', 'http://store'), Buffer.concat(chunks).toString());
        state.came += lines.length;
        for (const { key, line } of lines) if (!kept.has(key)) kept.set(key, line);
        [status, text] = answer(lines.length);
      } catch (error) {
        faults.push(String(error));
      }
    }
    if (trouble === 'lost answer') request.socket.destroy();
    else response.writeHead(status).end(text);
    server.emit('answered');
  };
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo() && faults.length === 0) await once(server, 'answered');
  };
  return {
    url: `http://127.0.0.1:${port}`,
    kept,
    faults,
    troubles,
    get came() {
      return state.came;
    },
    get requests() {
      return state.requests;
    },
    has: (count) => until(() => kept.size >= count),
    answered: (count) => until(() => state.requests >= count),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const LABELS = 'job,kind,log';
const KINDS = ['1xx', '2xx', '3xx', '4xx', '5xx', 'debug', 'info', 'warn', 'error', 'unknown'];

/** Lines of one stream with one time and one text are one line. */
export function startLoki(): Promise<LogStore> {
  const read: Reader = (url, body) => {
    expect(url.pathname === '/loki/api/v1/push', url.pathname);
    return list(record(JSON.parse(body)).streams).flatMap((item) => {
      const { stream, values } = record(item);
      const labels = record(stream);
      expect(Object.keys(labels).toSorted().join() === LABELS, JSON.stringify(labels));
      expect(KINDS.includes(String(labels.kind)), String(labels.kind));
      return list(values).map((pair) => {
        const [time, line, ...more] = list(pair);
        expect(typeof time === 'string' && /^\d{19}$/.test(time) && more.length === 0, JSON.stringify(pair));
        expect(typeof line === 'string', JSON.stringify(pair));
        return { key: JSON.stringify([labels, time, line]), line: String(line) };
      });
    });
  };
  return startStore(read, () => [204, '']);
}

/** Actions and documents in turns. A document whose id there is already is refused, which the answer says with 200. */
export function startElasticsearch(templates: readonly IndexTemplate[]): Promise<LogStore> {
  const read: Reader = (url, body) => {
    expect(url.pathname === '/_bulk' && body.endsWith('\n'), `${url.pathname} ${body.slice(-20)}`);
    const lines = body.slice(0, -1).split('\n');
    return lines.flatMap((action, i) => {
      if (i % 2 === 1) return [];
      const { _index: index, _id: id } = record(record(JSON.parse(action)).create);
      const template = templates.find(({ pattern }) => pattern === index);
      const document: unknown = JSON.parse(lines[i + 1] ?? '');
      expect(record(document)['@timestamp'] !== undefined && typeof id === 'string', action);
      if (!template) throw new TypeError(`no template: ${action}`);
      const faults = faultsOfDocument(template.properties, document, index === 'frontdesk-access');
      expect(faults.length === 0, faults.join());
      const { '@timestamp': _, ...line } = record(document);
      return [{ key: `${String(index)} ${id}`, line: JSON.stringify(line) }];
    });
  };
  return startStore(read, () => [200, '{"errors":false,"items":[]}']);
}

/** Rows of one sorting key are one row in the end. */
export function startClickhouse(tables: ReadonlyMap<string, ClickhouseTable>): Promise<LogStore> {
  const read: Reader = (url, body) => {
    const query = url.searchParams.get('query') ?? '';
    const name = /^INSERT INTO (\w+) FORMAT JSONEachRow$/.exec(query)?.[1] ?? '';
    const table = tables.get(name);
    if (!table) throw new TypeError(`no table: ${query}`);
    return body.split('\n').map((text) => {
      const row = record(JSON.parse(text));
      const faults = faultsOfRow(table, row);
      expect(faults.length === 0, faults.join());
      const { digest, ...line } = row;
      expect(typeof digest === 'string' && digest.length === 32, text);
      const key = [name, ...table.sortingKey.map((column) => row[column])].join(' ');
      return { key, line: typeof row.line === 'string' ? row.line : JSON.stringify(line) };
    });
  };
  return startStore(read, () => [200, '']);
}

function expect(isSo: boolean, what: string): void {
  if (!isSo) throw new TypeError(what);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new TypeError(`no object: ${JSON.stringify(value)}`);
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`no list: ${JSON.stringify(value)}`);
}
