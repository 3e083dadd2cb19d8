/**
 * For tests: an OpenID provider that a test turns (tokens, refusals, silence), a browser that keeps cookies as browsers do,
 * and a gateway with sessions in front of a backend that tells what it saw.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { jwksOf, makeKey, signToken } from '../auth/testing/issuer.ts';
import { freePort } from '../state/testing/redis-server.ts';
import { type Gateway, gateway, httpBackend } from '../whole-gateway/proxied.fixture.ts';

export const KEYS = ['the first of the keys, thirty-two characters'];

/** What a test may turn. */
export interface ProviderKnobs {
  /** Members of ID tokens that differ from what is right. */
  idToken: Record<string, unknown>;
  /** Parameters of the answer that differ; an empty one is left out. */
  answer: Record<string, string>;
  accessSeconds: number;
  /** Answers of the token endpoint: as it should, with this status, or only when the promise is kept. */
  tokenStatus: number;
  hold: Promise<void> | undefined;
  givesRefreshToken: boolean;
}

export interface TestProvider {
  readonly url: string;
  readonly knobs: ProviderKnobs;
  /** What the token and revocation endpoints were asked: `authorization_code`, `refresh_token`, `revoke TOKEN`. */
  readonly asked: string[];
  /** Refresh tokens that are good. */
  readonly refreshTokens: Set<string>;
  /** Every token that it ever gave: none may be seen anywhere else. */
  readonly given: string[];
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>): string;
}

interface Code {
  readonly challenge: string;
  readonly nonce: string;
  readonly redirectUri: string;
}

const key = makeKey('k1', 'ES256');

export async function testProvider(t: TestContext): Promise<TestProvider> {
  const knobs: ProviderKnobs = {
    idToken: {},
    answer: {},
    accessSeconds: 3600,
    tokenStatus: 200,
    hold: undefined,
    givesRefreshToken: true,
  };
  const asked: string[] = [];
  const refreshTokens = new Set<string>();
  const given: string[] = [];
  const codes = new Map<string, Code>();
  const opaque = (): string => {
    const token = randomBytes(24).toString('base64url');
    given.push(token);
    return token;
  };
  const sign: TestProvider['sign'] = (claims, header = {}) =>
    signToken(key, claims, { typ: 'JWT', ...header });
  const tokens = (nonce: string | undefined): Record<string, unknown> => {
    const now = Math.floor(Date.now() / 1000);
    const idToken = sign({
      ...{ iss: url, sub: 'ada', aud: 'gateway', sid: 's1', name: 'Ada', secret: 'not for pages' },
      ...{ iat: now, exp: now + 300, nonce, roles: ['admin'], ...knobs.idToken },
    });
    const refreshToken = knobs.givesRefreshToken ? opaque() : undefined;
    if (refreshToken !== undefined) refreshTokens.add(refreshToken);
    given.push(idToken);
    return {
      ...{ access_token: opaque(), token_type: 'Bearer', expires_in: knobs.accessSeconds },
      ...{ refresh_token: refreshToken, id_token: idToken, scope: 'openid orders:read' },
    };
  };
  const grant = (form: URLSearchParams): Record<string, unknown> | undefined => {
    if (form.get('grant_type') === 'refresh_token') {
      return refreshTokens.delete(form.get('refresh_token') ?? '') ? tokens(undefined) : undefined;
    }
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (code?.challenge !== challenge || code.redirectUri !== form.get('redirect_uri')) return undefined;
    return tokens(code.nonce);
  };
  const { url } = await httpBackend(t, async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://own');
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (pathname === '/.well-known/openid-configuration') return json(200, metadataOf(url));
    if (pathname === '/jwks') return json(200, jwksOf(key));
    if (pathname === '/authorize') {
      const code = randomBytes(16).toString('base64url');
      const [redirectUri = '', challenge = '', nonce = '', state = ''] = [
        'redirect_uri',
        'code_challenge',
        'nonce',
        'state',
      ].map((name) => searchParams.get(name) ?? '');
      codes.set(code, { challenge, nonce, redirectUri });
      const back = new URL(redirectUri);
      for (const [name, value] of Object.entries({ code, state, iss: url, ...knobs.answer }))
        if (value !== '') back.searchParams.set(name, value);
      response.writeHead(302, { location: back.href }).end();
      return;
    }
    const form = new URLSearchParams(await textOf(request));
    const isClient = request.headers.authorization === `Basic ${btoa('gateway:open+sesame')}`;
    if (!isClient) return json(401, { error: 'invalid_client' });
    if (pathname === '/revoke') {
      asked.push(`revoke ${form.get('token')}`);
      refreshTokens.delete(form.get('token') ?? '');
      response.end();
      return;
    }
    asked.push(form.get('grant_type') ?? '');
    await knobs.hold;
    if (knobs.tokenStatus !== 200) return json(knobs.tokenStatus, { error: 'temporarily_unavailable' });
    const answer = grant(form);
    json(answer ? 200 : 400, answer ?? { error: 'invalid_grant' });
  });
  return { url, knobs, asked, refreshTokens, given, sign };
}

function metadataOf(url: string): Record<string, unknown> {
  return {
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    revocation_endpoint: `${url}/revoke`,
    end_session_endpoint: `${url}/end`,
    jwks_uri: `${url}/jwks`,
    authorization_response_iss_parameter_supported: true,
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

export interface Page {
  readonly status: number;
  readonly location: string;
  readonly headers: Headers;
  readonly text: string;
}

/** Adds nothing by itself, unlike `fetch`, which says where it comes from. */
async function send(url: URL, method: string, headers: Record<string, string>, body = ''): Promise<Page> {
  const request = ask(url, { method, headers, agent: false });
  request.end(body);
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (!response) throw new TypeError('no response');
  const text = await textOf(response);
  const fields = new Headers();
  for (let i = 0; i < response.rawHeaders.length; i += 2)
    fields.append(response.rawHeaders[i] ?? '', response.rawHeaders[i + 1] ?? '');
  return { status: response.statusCode ?? 0, location: fields.get('location') ?? '', headers: fields, text };
}

/** Keeps the cookies of one host, goes nowhere by itself, and says like a browser where a request comes from. */
export class Browser {
  readonly cookies = new Map<string, string>();
  /** All that it ever received: no token may be in it. */
  readonly received: string[] = [];
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async open(
    target: string,
    {
      method = 'GET',
      headers = {},
      body,
    }: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Page> {
    const url = new URL(target, this.#origin);
    const isOwn = url.origin === this.#origin;
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const page = await send(url, method, { ...(isOwn && cookie !== '' ? { cookie } : {}), ...headers }, body);
    if (isOwn) {
      this.received.push(JSON.stringify([...page.headers]), page.text);
      for (const line of page.headers.getSetCookie()) this.#keep(line);
    }
    return page;
  }

  post(target: string, headers: Record<string, string> = { origin: this.#origin }): Promise<Page> {
    return this.open(target, { method: 'POST', headers });
  }

  /** Goes to the provider and back with its answer, which it does not show yet. */
  async toAnswer(login = '/auth/login'): Promise<string> {
    const begun = await this.open(login);
    return (await this.open(begun.location)).location;
  }

  async login(login = '/auth/login'): Promise<Page> {
    return this.open(await this.toAnswer(login));
  }

  #keep(line: string): void {
    const [pair = ''] = line.split(';');
    const equals = pair.indexOf('=');
    const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
    if (value === '' || /max-age=0/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

export interface SessionGateway extends Gateway {
  readonly origin: string;
  readonly browser: Browser;
  /** A browser of somebody else. */
  another(): Browser;
  /** The header fields that the backend got with the latest request. */
  seen(): IncomingMessage['headers'];
}

export interface SessionGatewayOptions {
  /** Members of `auth.session`. */
  readonly session?: Record<string, unknown>;
  readonly config?: Record<string, unknown>;
  readonly origin?: string;
}

export async function sessionGateway(
  t: TestContext,
  provider: Pick<TestProvider, 'url'>,
  { session = {}, config = {}, origin }: SessionGatewayOptions = {},
): Promise<SessionGateway> {
  let seen: IncomingMessage['headers'] = {};
  const backend = await httpBackend(t, (request, response: ServerResponse) => {
    seen = request.headers;
    response.end('from the backend');
  });
  const port = await freePort();
  const own = `http://127.0.0.1:${port}`;
  const running = await gateway(t, {
    listen: { host: '127.0.0.1', port, drain: { idle: '20ms', grace: '500ms' } },
    auth: {
      session: {
        issuer: provider.url,
        client: { id: 'gateway', secret: 'open sesame' },
        origin: origin ?? own,
        keys: KEYS,
        ...session,
      },
    },
    upstreams: { one: { url: backend.url, forward: { fields: ['cookie'] } } },
    routes: [
      { match: { path: '/api' }, to: { upstream: 'one' } },
      { match: { path: '/open' }, to: { upstream: 'one' }, auth: 'none' },
      { match: { path: '/page' }, to: { upstream: 'one' }, login: 'redirect' },
    ],
    ...config,
  });
  return {
    ...running,
    origin: own,
    browser: new Browser(own),
    another: () => new Browser(own),
    seen: () => seen,
  };
}
