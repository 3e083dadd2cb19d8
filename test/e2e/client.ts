/** Requests as the tests' clients make them: the answer whole, its body as JSON where it is. */

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body parsed; `undefined` where it is no JSON. */
  readonly json: unknown;
  readonly elapsedMs: number;
}

export interface Ask {
  readonly method?: string;
  readonly token?: string;
  readonly apiKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Longer than anything here may take, shorter than the runner's patience. */
const PATIENCE_MS = 30_000;

export async function ask(url: string, options: Ask = {}): Promise<Answer> {
  const headers = new Headers(options.headers);
  if (options.token !== undefined) headers.set('authorization', `Bearer ${options.token}`);
  if (options.apiKey !== undefined) headers.set('x-api-key', options.apiKey);
  if (options.body !== undefined) headers.set('content-type', 'application/json');
  const startedAt = performance.now();
  const reply = await fetch(url, {
    method: options.method ?? 'GET',
    headers,
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await reply.text();
  const elapsedMs = performance.now() - startedAt;
  return { status: reply.status, headers: reply.headers, text, json: parseJson(text), elapsedMs };
}

/** A GraphQL request by POST. */
export function query(
  url: string,
  text: string,
  options: Ask & { variables?: unknown } = {},
): Promise<Answer> {
  const { variables, ...rest } = options;
  const body = variables === undefined ? { query: text } : { query: text, variables };
  return ask(url, { ...rest, method: 'POST', body });
}

/** The value at a path of names and indexes; `undefined` where there is nothing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
}

/** The sum of a Prometheus metric over those of its series whose labels hold `labels`; 0 where there is none. */
export function metric(exposition: string, name: string, labels = ''): number {
  let sum = 0;
  for (const line of exposition.split('\n')) {
    const isSeries = line.startsWith(`${name}{`) || line.startsWith(`${name} `);
    if (isSeries && line.includes(labels)) sum += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return sum;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
