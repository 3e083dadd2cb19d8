/** The admin port of a running gateway, as commands ask it: its token in the environment, what is wrong in plain words. */
export const ADMIN_TOKEN_VARIABLE = 'FRONTDESK_ADMIN_TOKEN';

const TIMEOUT_MS = 30_000;
const UNAUTHENTICATED = 401;
const UNFIT = 422;

export interface AdminQuestion {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** As JSON, of this media type. */
  readonly body?: object;
  readonly contentType?: string;
  readonly token: string | undefined;
}

/** The answer. Rejects with an `Error` that a person at a terminal can act on, a reason a line. */
export async function askAdmin(
  admin: string,
  path: string,
  { method = 'GET', body, contentType = 'application/json', token }: AdminQuestion,
): Promise<unknown> {
  const base = URL.parse(admin);
  if (!base || !/^https?:$/.test(base.protocol)) {
    throw new Error(`--admin: expected a URL, such as http://127.0.0.1:4001, not "${admin}"`);
  }
  const response = await answerOf(new URL(path, base), {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { 'content-type': contentType } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const reasons = textsAt(answer, 'reasons');
  // Faults of a configuration have their places in them.
  if (response.status === UNFIT && reasons.length > 0) throw new Error(reasons.join('\n'));
  const [title = 'no reason'] = textsAt(answer, 'title');
  const hint =
    response.status === UNAUTHENTICATED ? ` (the token is taken from ${ADMIN_TOKEN_VARIABLE})` : '';
  throw new Error(`${base.origin} answers ${response.status}: ${reasons.join('; ') || title}${hint}`);
}

async function answerOf(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const { cause = error } = error instanceof Error ? error : {};
    const why = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new Error(`${url.origin} cannot be asked: ${why}`);
  }
}

/** One or several of them. */
function textsAt(value: unknown, key: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const found: unknown = Reflect.get(value, key);
  return (Array.isArray(found) ? found : [found]).filter((text) => typeof text === 'string');
}
