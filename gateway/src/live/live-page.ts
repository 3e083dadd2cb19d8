/**
 * The operators' page and what it asks for: its files, the stream of seconds, a request's waterfall, the route table with a
 * try-it box, and plans of graph operations. Everything under `/admin/live` is JSON, of use without the page too.
 */
import { z } from 'zod';
import { emptyBody } from '../core/body.ts';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { AdminPage } from '../handlers/admin/admin.ts';
import { allow, answerJson, checked, sentJson } from '../handlers/admin/admin-http.ts';
import { foreignPage, isNavigation } from '../wire/trust/fetch-metadata.ts';
import type { LiveFeed } from './live-feed.ts';
import type { LiveSource } from './live-source.ts';
import { isOpenFile, isPageFile, pageFile } from './page-files.ts';
import { PageSessions } from './page-sessions.ts';
import { MAX_TRY_BODY_BYTES, type Tries, tryRequest } from './try-request.ts';

export const matchRequestBody = z.strictObject({
  method: z.string().min(1).max(20),
  url: z.string().min(1).max(8_192),
  headers: z.array(z.string().max(16_384)).max(50).default([]),
});

export const planRequestBody = z.strictObject({
  query: z.string().min(1).max(MAX_TRY_BODY_BYTES),
  operation: z.string().max(200).optional(),
  variables: z.record(z.string(), z.unknown()).default({}),
});

/** What the page asks about the configuration that serves. */
export interface LiveQuestions {
  /** The compiled route table, in the order in which requests ask it, as plain data. */
  readonly routes: () => Promise<unknown>;
  /** Which route takes a request, and what speaks against the others. Rejects with `bad_request`. */
  readonly match: (request: z.output<typeof matchRequestBody>) => Promise<unknown>;
  /** The plan of an operation, as plain data. Rejects with `invalid_query`; `not_found` where there is no graph. */
  readonly plan: (request: z.output<typeof planRequestBody>) => Promise<unknown>;
}

export interface LivePageOptions {
  readonly clock: Clock;
  /** Of the port, as it is now; `undefined` where it has none: then there is nothing to log in with. */
  readonly token: () => string | undefined;
  readonly feed: LiveFeed;
  readonly source: LiveSource;
  /** `undefined` where others answer them. */
  readonly questions: LiveQuestions | undefined;
  readonly tries: Pick<Tries, 'send'>;
}

const LIVE = '/admin/live';
const QUESTIONS: ReadonlySet<string> = new Set([`${LIVE}/routes`, `${LIVE}/match`, `${LIVE}/plan`]);
const REQUESTS = '/admin/live/requests/';
/** JSON that is escaped may be six times as long. */
const MAX_JSON_BYTES = 6 * MAX_TRY_BODY_BYTES + 64 * 1_024;

export function livePage(options: LivePageOptions): AdminPage {
  const { clock, token } = options;
  const sessions = new PageSessions({ clock, token });
  return {
    open: (exchange) => (sessions.open ? openAnswer(exchange, sessions) : undefined),
    admits: (exchange) => sessions.has(exchange) && mayBySession(exchange),
    answer: (exchange) => answer(exchange, options, sessions),
  };
}

/** The login, which is for those who are nobody yet. */
function openAnswer(exchange: Exchange, sessions: PageSessions): Promise<Reply> | undefined {
  const { path, method } = exchange;
  if (path === '/' && method === 'GET' && isNavigation(exchange.headers) && !sessions.has(exchange)) {
    // Whoever shows the token in the plain way needs no form.
    return exchange.headers.has('authorization') ? undefined : Promise.resolve(redirect('/login'));
  }
  if (path === '/login' && method === 'POST') return logIn(exchange, sessions);
  if (path === '/logout' && method === 'POST') return logOut(exchange, sessions);
  if (!isOpenFile(path)) return undefined;
  return fileOf(exchange);
}

async function logIn(exchange: Exchange, sessions: PageSessions): Promise<Reply> {
  refuseForeign(exchange);
  const cookie = await sessions.logIn(exchange);
  if (cookie === undefined) return redirect('/login#wrong');
  return redirect('/', cookie);
}

async function logOut(exchange: Exchange, sessions: PageSessions): Promise<Reply> {
  refuseForeign(exchange);
  return redirect('/login', sessions.logOut(exchange));
}

/** A session is good for looking, and for what the page itself sends; changes need the token. */
function mayBySession(exchange: Exchange): boolean {
  const { method, path, headers } = exchange;
  const isForeign = foreignPage(headers, ownOrigins(exchange)) !== undefined;
  if (method === 'GET' || method === 'HEAD') return !isForeign || !headers.has('sec-fetch-site');
  return path.startsWith(`${LIVE}/`) && !isForeign;
}

async function answer(
  exchange: Exchange,
  options: LivePageOptions,
  sessions: PageSessions,
): Promise<Reply | undefined> {
  const { path } = exchange;
  if (isPageFile(path)) return fileOf(exchange);
  if (path !== LIVE && !path.startsWith(`${LIVE}/`)) return undefined;
  if (!options.questions && QUESTIONS.has(path)) return undefined;
  const reply = await answerLive(exchange, options, sessions);
  reply.headers.set('x-content-type-options', 'nosniff');
  reply.headers.set('cross-origin-resource-policy', 'same-origin');
  return reply;
}

async function answerLive(
  exchange: Exchange,
  { feed, source, questions, tries }: LivePageOptions,
  sessions: PageSessions,
): Promise<Reply> {
  const { path } = exchange;
  if (path.startsWith(REQUESTS)) {
    allow(exchange, ['GET', 'HEAD']);
    const shown = await source.find(path.slice(REQUESTS.length));
    if (!shown) throw new FrontdeskError('not_found');
    return answerJson(exchange, 200, shown);
  }
  switch (path) {
    case `${LIVE}/requests`:
      allow(exchange, ['GET', 'HEAD']);
      return answerJson(exchange, 200, { requests: await source.list() });
    case LIVE:
      allow(exchange, ['GET']);
      return feed.follow(exchange);
    case `${LIVE}/about`:
      allow(exchange, ['GET', 'HEAD']);
      return answerJson(exchange, 200, { session: sessions.has(exchange) });
    case `${LIVE}/try`:
      return answerJson(exchange, 200, await tries.send(await posted(exchange, tryRequest)));
    default:
      if (questions && QUESTIONS.has(path)) return answerQuestion(exchange, questions);
      throw new FrontdeskError('not_found');
  }
}

async function answerQuestion(exchange: Exchange, questions: LiveQuestions): Promise<Reply> {
  const { path } = exchange;
  if (path === `${LIVE}/match`)
    return answerJson(exchange, 200, await questions.match(await posted(exchange, matchRequestBody)));
  if (path === `${LIVE}/plan`)
    return answerJson(exchange, 200, await questions.plan(await posted(exchange, planRequestBody)));
  allow(exchange, ['GET', 'HEAD']);
  return answerJson(exchange, 200, await questions.routes());
}

async function posted<Schema extends z.ZodType>(
  exchange: Exchange,
  schema: Schema,
): Promise<z.output<Schema>> {
  allow(exchange, ['POST']);
  return checked(schema, await sentJson(exchange, MAX_JSON_BYTES));
}

async function fileOf(exchange: Exchange): Promise<Reply> {
  allow(exchange, ['GET', 'HEAD']);
  const reply = pageFile(exchange);
  if (!reply) throw new FrontdeskError('not_found');
  return reply;
}

/** A form of another site would log somebody in, or out, without their knowing. */
function refuseForeign(exchange: Exchange): void {
  const why = foreignPage(exchange.headers, ownOrigins(exchange));
  if (why !== undefined) throw new FrontdeskError('forbidden', { detail: why });
}

/** Behind a proxy that ends TLS the scheme is not what this port sees. */
function ownOrigins({ host }: Exchange): ReadonlySet<string> {
  const name = host.toLowerCase();
  return new Set([`http://${name}`, `https://${name}`]);
}

function redirect(location: string, cookie?: string): Reply {
  const headers = HeaderFields.of({ location, 'cache-control': 'no-store' });
  if (cookie !== undefined) headers.set('set-cookie', cookie);
  return makeReply(303, headers, emptyBody);
}
