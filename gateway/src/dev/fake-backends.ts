/**
 * Backends that are not there, answered from their OpenAPI documents: each operation's example, or a value that its
 * schema allows. On a port of this machine each, for as long as the command runs; with the documents as they are now.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { METHODS } from '../bff/backend.ts';
import { readTypesConfig } from '../codegen/generate.ts';
import { locate } from '../codegen/sources.ts';
import { answerOf } from '../scaffold/reads.ts';
import { Documents } from '../validation/documents.ts';
import { isRecord } from '../validation/pointer.ts';

interface FakeAnswer {
  readonly method: string;
  readonly path: RegExp;
  /** Paths that say more come first. */
  readonly holes: number;
  readonly status: number;
  readonly body: string | undefined;
}

type Answers = ReadonlyMap<string, readonly FakeAnswer[]>;

export class FakeBackends {
  readonly #servers = new Map<string, { readonly server: Server; readonly url: string }>();
  readonly #folder: string;
  #answers: Answers = new Map();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Rejects with a `TypesError` or a `DescriptionError` where a document cannot be read. */
  static async open(folder: string): Promise<FakeBackends> {
    const fakes = new FakeBackends(folder);
    await fakes.renew();
    return fakes;
  }

  /** Addresses by upstream. */
  get urls(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#servers].map(([name, { url }]) => [name, url]));
  }

  /** Reads the documents again. Where that fails, what was known goes on. */
  async renew(): Promise<void> {
    const answers = await readAnswers(this.#folder);
    this.#answers = answers;
    for (const name of answers.keys()) {
      if (!this.#servers.has(name)) this.#servers.set(name, await this.#serve(name));
    }
  }

  async close(): Promise<void> {
    for (const { server } of this.#servers.values()) {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  }

  #serve(name: string): Promise<{ readonly server: Server; readonly url: string }> {
    const server = createServer((request, response) => this.#answer(name, request, response));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        const port = typeof address === 'object' && address ? address.port : 0;
        resolve({ server, url: `http://127.0.0.1:${port}` });
      });
    });
  }

  #answer(name: string, request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    const answers = this.#answers.get(name) ?? [];
    const found = answers.find((one) => one.method === request.method && one.path.test(path));
    if (!found) {
      const detail = `the document of ${name} has no ${request.method} of this path`;
      response.writeHead(404, { 'content-type': 'application/problem+json' });
      response.end(`${JSON.stringify({ title: 'Not found', status: 404, detail })}\n`);
      return;
    }
    const { status, body } = found;
    response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json' });
    response.end(body);
  }
}

async function readAnswers(folder: string): Promise<Answers> {
  const { upstreams } = readTypesConfig(folder);
  const all = new Map<string, readonly FakeAnswer[]>();
  for (const [name, { schema }] of Object.entries(upstreams)) {
    const { file } = locate(folder, schema, `upstreams.${name}`);
    if (!file.endsWith('.proto')) all.set(name, answersOf(await Documents.read(file, `upstreams.${name}`)));
  }
  return all;
}

function answersOf(documents: Documents): readonly FakeAnswer[] {
  const paths = documents.at(documents.root, 'paths');
  const answers = Object.keys(isRecord(paths.value) ? paths.value : {}).flatMap((path) => {
    const item = documents.resolve(documents.at(paths, path));
    const holes = path.split('{').length - 1;
    return METHODS.flatMap((method): FakeAnswer[] => {
      const operation = documents.at(item, method);
      if (!isRecord(operation.value)) return [];
      const { value: responses } = documents.at(operation, 'responses');
      const status = isRecord(responses)
        ? Object.keys(responses).find((code) => /^2\d\d$/.test(code))
        : undefined;
      const answer = answerOf(documents, operation);
      const known = { method: method.toUpperCase(), path: pathPattern(path), holes };
      if (!answer) return [{ ...known, status: Number(status ?? 204), body: undefined }];
      return [{ ...known, status: Number(status ?? 200), body: JSON.stringify(answer.sample) }];
    });
  });
  return answers.toSorted((a, b) => a.holes - b.holes);
}

/** Each hole takes one segment. */
function pathPattern(path: string): RegExp {
  const pieces = path.split(/\{[^{}]*\}/).map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pieces.join('[^/]+')}/?$`);
}
