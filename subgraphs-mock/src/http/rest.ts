/** The REST services' router: a list of routes of literal and `:named` segments, answers in JSON. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type Answer, Problem, writeAnswer } from './problem.ts';
import { readJson } from './request-body.ts';
import type { RequestHandler } from './server.ts';

export interface RestRequest {
  /** The value of a `:named` segment, decoded. */
  param(name: string): string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The body as JSON; throws a `Problem` where it is none. */
  json(): Promise<unknown>;
}

export interface RestRoute {
  readonly method: string;
  /** Such as `/users/:id`. */
  readonly path: string;
  readonly answer: (request: RestRequest) => Answer | Promise<Answer>;
}

export function restHandler(routes: readonly RestRoute[]): RequestHandler {
  const compiled = routes.map((route) => ({ route, pattern: route.path.split('/') }));
  return async (request, response) => {
    const url = URL.parse(request.url ?? '/', 'http://service');
    if (!url) throw new Problem(400, 'the request target is malformed');
    const segments = url.pathname.split('/');
    const fitting = compiled.filter(({ pattern }) => fits(pattern, segments));
    if (fitting.length === 0) throw new Problem(404, `nothing is at ${url.pathname}`);
    const found = fitting.find(({ route }) => route.method === request.method);
    if (!found) {
      const allow = fitting.map(({ route }) => route.method).join(', ');
      throw new Problem(405, `${request.method} is not for ${url.pathname}`, { allow });
    }
    writeAnswer(response, await found.route.answer(restRequest(request, url, found.pattern, segments)));
  };
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, i) => (part.startsWith(':') ? segments[i] !== '' : part === segments[i]))
  );
}

function restRequest(
  request: IncomingMessage,
  url: URL,
  pattern: readonly string[],
  segments: readonly string[],
): RestRequest {
  return {
    param(name) {
      try {
        return decodeURIComponent(segments[pattern.indexOf(`:${name}`)] ?? '');
      } catch {
        throw new Problem(400, `'${name}' is not well encoded`);
      }
    },
    query: url.searchParams,
    headers: request.headers,
    json: () => readJson(request),
  };
}
