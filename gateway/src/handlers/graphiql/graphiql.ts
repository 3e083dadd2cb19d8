/**
 * GraphiQL at the graph's path for whoever comes with a browser (`graph.graphiql`), and the files it loads. Both are
 * open to all, for they hold nothing of anybody; the operations that it sends go the way of every client's.
 */
import { randomBytes } from 'node:crypto';
import { WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type Handler, makeReply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { pageDocument, pageHeaders } from './page-document.ts';
import { type PageFiles, readPageFiles } from './page-files.ts';

export interface Graphiql {
  /** Answers with the page. */
  readonly page: Handler;
  /** Answers with one of its files: the route's parameters are `version` and `file`. */
  readonly file: Handler;
}

const NONCE_BYTES = 16;

/** The path of the page's files below the graph's `path`, as a route's pattern. */
export function filesPattern(path: string): string {
  return `${path === '/' ? '' : path}/graphiql/:version/:file`;
}

/** `path`: the graph's. `read` is called when the first browser comes, and again only after a failure. */
export function graphiql(path: string, read: () => Promise<PageFiles> = readPageFiles): Graphiql {
  // Relative, so that the page works behind a proxy that takes a prefix off.
  const below = path.slice(path.lastIndexOf('/') + 1);
  let reading: Promise<PageFiles> | undefined;
  const files = (): Promise<PageFiles> => {
    reading ??= read().catch((error: unknown) => {
      reading = undefined;
      throw error;
    });
    return reading;
  };
  return {
    page: async () => {
      const { version } = await files();
      const nonce = randomBytes(NONCE_BYTES).toString('base64');
      const base = `${below === '' ? '' : `${below}/`}graphiql/${version}`;
      return makeReply(200, pageHeaders(nonce), new WholeBody(pageDocument(base, nonce)));
    },
    file: async ({ route, headers }) => {
      const { version, find } = await files();
      const file = route?.params.version === version ? find(route.params.file ?? '') : undefined;
      if (!file) throw new FrontdeskError('not_found');
      const fields = HeaderFields.of({
        'content-type': file.contentType,
        'cache-control': 'public, max-age=31536000, immutable',
        'cross-origin-resource-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
        vary: 'accept-encoding',
      });
      if (!takesGzip(headers.get('accept-encoding'))) {
        return makeReply(200, fields, new WholeBody(await file.plain()));
      }
      fields.set('content-encoding', 'gzip');
      return makeReply(200, fields, new WholeBody(file.gzipped));
    },
  };
}

/** By name: what a client does not name it gets as it is. */
function takesGzip(acceptEncoding: string | undefined): boolean {
  return (acceptEncoding ?? '').split(',').some((range) => {
    const [coding = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return coding === 'gzip' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
