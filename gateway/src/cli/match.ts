/** `frontdesk match METHOD URL`: which route takes a request, and why not the others. */
import { dirname, resolve } from 'node:path';
import { canonicalPath } from '../core/path.ts';
import { compileRoutes, type RouteTable } from '../router/route-table.ts';
import { bffLoader } from './bff-package.ts';
import { readConfiguration } from './configuration.ts';
import { reasonOf } from './reason.ts';
import { type ListedRoute, listRoutes } from './route-listing.ts';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, type Terminal } from './terminal.ts';

export interface MatchOptions {
  readonly config: string;
  readonly header?: readonly string[];
}

export async function match(
  method: string,
  url: string,
  options: MatchOptions,
  terminal: Terminal,
): Promise<number> {
  const asked = parseRequest(url, options.header ?? []);
  if (typeof asked === 'string') {
    terminal.err(`${asked}\n`);
    return EXIT_USAGE;
  }
  const config = readConfiguration(options.config, terminal);
  if (!config) return EXIT_FAILED;
  let path: string;
  let routes: RouteTable<ListedRoute>;
  try {
    path = canonicalPath(asked.path);
    routes = compileRoutes(await listRoutes(config, bffLoader(dirname(resolve(options.config)), terminal)));
  } catch (error) {
    terminal.err(`${reasonOf(error)}\n`);
    return EXIT_FAILED;
  }
  const verb = method.toUpperCase();
  const result = routes.match(verb, asked.host, path);
  if (result.kind === 'found') {
    const { value, template, params } = result;
    terminal.out(`${verb} ${path} goes to ${template}: ${value.kind}, ${value.target}\n`);
    for (const [key, text] of Object.entries(params)) terminal.out(`  ${key} = ${text}\n`);
    terminal.out(
      `  auth: ${value.auth}; scopes: ${value.scopes.join(' ') || 'none'}; limit: ${value.limit}\n`,
    );
  } else if (result.kind === 'method_not_allowed') {
    terminal.out(`${verb} ${path} is answered 405, Allow: ${result.allow}\n`);
  } else terminal.out(`${verb} ${path} is answered 404\n`);
  const others = routes.explain(verb, asked.host, path).filter(({ against }) => against !== undefined);
  if (others.length > 0) terminal.out('\nNot:\n');
  for (const { route, against } of others) {
    const methods = route.methods.join(',') || 'any';
    terminal.out(`  ${methods} ${route.hosts.join(',')}${route.template}: ${against}\n`);
  }
  return result.kind === 'found' ? EXIT_OK : EXIT_FAILED;
}

/** A message where the arguments are no request. A `Host` field wins over the URL's own host. */
function parseRequest(
  url: string,
  headers: readonly string[],
): { readonly host: string; readonly path: string } | string {
  let host: string | undefined;
  for (const header of headers) {
    const colon = header.indexOf(':');
    if (colon <= 0) return `-H ${header}: expected 'name: value'`;
    if (header.slice(0, colon).trim().toLowerCase() === 'host') host = header.slice(colon + 1).trim();
  }
  if (url.startsWith('/')) return { host: host ?? 'localhost', path: withoutQuery(url) };
  const found = /^https?:\/\/([^/?#]+)([^?#]*)/i.exec(url);
  if (!found) return `${url}: expected a path that begins with / or an http:// URL`;
  return { host: host ?? found[1] ?? '', path: found[2] || '/' };
}

function withoutQuery(target: string): string {
  const at = target.search(/[?#]/);
  return at < 0 ? target : target.slice(0, at);
}
