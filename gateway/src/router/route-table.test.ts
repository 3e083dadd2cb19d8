import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HeaderFields } from '../core/headers.ts';
import type { RoutableRequest } from './request-view.ts';
import { compileRoutes, RouteConflictError, type RouteSpec, type RouteTable } from './route-table.ts';

/** Routes whose value is how they are written: `GET api.example.com /users/:id`. */
function table(...routes: (string | RouteSpec<string>)[]): RouteTable<string> {
  return compileRoutes(routes.map((route) => (typeof route === 'string' ? spec(route) : route)));
}

function spec(text: string): RouteSpec<string> {
  const match: { path: string | { regex: string }; hosts?: string[]; methods?: string[] } = { path: '/' };
  for (const word of text.split(' ')) {
    if (word.startsWith('/')) match.path = word;
    else if (word.startsWith('~')) match.path = { regex: word.slice(1) };
    else if (/^[A-Z,]+$/.test(word)) match.methods = word.split(',');
    else match.hosts = word.split(',');
  }
  return { match, value: text, source: text };
}

function ask(method: string, host: string, path: string): RoutableRequest {
  return { method, host, path, query: '', headers: new HeaderFields(), client: { scheme: 'http' } };
}

function taken(routes: RouteTable<string>, path: string, method = 'GET', host = 'h'): string {
  const result = routes.match(ask(method, host, path));
  if (result.kind === 'found') return result.value;
  return result.kind === 'not_found' ? '404' : `405 ${result.allow}`;
}

describe('route table: paths', () => {
  it('takes an exact path and nothing else', () => {
    const routes = table('/users', '/');
    assert.equal(taken(routes, '/users'), '/users');
    assert.equal(taken(routes, '/'), '/');
    for (const path of ['/usersX', '/user', '/users/1', '/Users']) assert.equal(taken(routes, path), '404');
  });

  it('takes a prefix by segment: the prefix itself and all below', () => {
    const routes = table('/api/users/*');
    for (const path of ['/api/users', '/api/users/', '/api/users/42', '/api/users/42/orders']) {
      assert.equal(taken(routes, path), '/api/users/*');
    }
    for (const path of ['/api/usersX', '/api', '/api/usersX/42']) assert.equal(taken(routes, path), '404');
    assert.equal(taken(table('/*'), '/'), '/*');
    assert.equal(taken(table('/*'), '/a/b'), '/*');
  });

  it('gives parameters and the rest behind a prefix, encoded as they came', () => {
    const params = (routes: RouteTable<string>, path: string): unknown => {
      const result = routes.match(ask('GET', 'h', path));
      return result.kind === 'found' ? { ...result.params } : undefined;
    };
    const routes = table('/users/:id/orders/:order', '/api/:version/*', '/all/*');
    assert.deepEqual(params(routes, '/users/4%3F2/orders/7'), { id: '4%3F2', order: '7' });
    assert.deepEqual(params(routes, '/api/v1/a/b'), { version: 'v1', '*': 'a/b' });
    assert.deepEqual(params(routes, '/api/v1/'), { version: 'v1', '*': '' });
    assert.deepEqual(params(routes, '/api/v1'), { version: 'v1' });
    assert.deepEqual(params(routes, '/all/a/'), { '*': 'a/' });
    assert.deepEqual(params(table('/:constructor'), '/x'), { constructor: 'x' });
  });

  it('asks exact before prefix before regular expression, longer before shorter, literal before parameter', () => {
    const routes = table(
      '/a/b',
      '/a/:x',
      '/a/b/*',
      '/a/*',
      '/*',
      '~/a/.*',
      '/a/:x/c',
      '/a/b/c/*',
      '/a/:x/:y/*',
    );
    assert.equal(taken(routes, '/a/b'), '/a/b');
    assert.equal(taken(routes, '/a/z'), '/a/:x');
    assert.equal(taken(routes, '/a/b/c'), '/a/:x/c');
    assert.equal(taken(routes, '/a/b/d'), '/a/:x/:y/*');
    assert.equal(taken(routes, '/a/b/c/d'), '/a/b/c/*');
    assert.equal(taken(routes, '/a'), '/a/*');
    assert.equal(taken(routes, '/z'), '/*');
    assert.equal(taken(table('~/a/.*', '/a/*'), '/a/x'), '/a/*');
  });

  it('goes back where a literal segment leads nowhere', () => {
    const routes = table('/a/b/c', '/:x/b/:y/d', '/a/:x/e');
    assert.equal(taken(routes, '/a/b/e'), '/a/:x/e');
    assert.equal(taken(routes, '/a/b/q/d'), '/:x/b/:y/d');
  });

  it('asks regular expressions by their literal start, then in the order of the configuration', () => {
    const routes = table('~/v\\d/.*', '~/v1/.*', '~/v1/[a-z]+');
    assert.equal(taken(routes, '/v1/a'), '~/v1/.*');
    assert.equal(taken(routes, '/v2/a'), '~/v\\d/.*');
    assert.equal(taken(routes, '/x'), '404');
  });

  it('C45 C46: parameters of segments and a slash at the end lead nowhere else', () => {
    const routes = table('/admin/*', '/*', '/me');
    assert.equal(taken(routes, '/admin;x=1/users'), '/admin/*');
    assert.equal(taken(routes, '/admin;x=1'), '/admin/*');
    assert.equal(taken(routes, '/me/'), '/me');
    assert.equal(taken(routes, '/me;v=2/'), '/me');
    const result = routes.match(ask('GET', 'h', '/admin;x=1/a;y=2/b'));
    assert.ok(result.kind === 'found');
    assert.equal(result.params['*'], 'a;y=2/b');
    const param = table('/t/:tenant').match(ask('GET', 'h', '/t/acme;x=1'));
    assert.ok(param.kind === 'found');
    assert.equal(param.params.tenant, 'acme');
  });

  it('knows literal parts in the spelling of requests', () => {
    assert.equal(taken(table('/%61%7eb'), '/a~b'), '/%61%7eb');
    assert.equal(taken(table('/a/'), '/a'), '/a/');
    assert.equal(taken(table('/é'.replace('é', '%c3%a9')), '/%C3%A9'), '/%c3%a9');
  });
});

describe('route table: methods', () => {
  it('says 405 with the methods of all routes of the path', () => {
    const routes = table('GET /a', 'PUT,DELETE /a', 'PATCH /*', 'POST ~/a');
    assert.equal(taken(routes, '/a', 'DELETE'), 'PUT,DELETE /a');
    assert.equal(taken(routes, '/a', 'TRACE'), '405 DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT');
    assert.equal(taken(routes, '/b', 'GET'), '405 OPTIONS, PATCH');
  });

  it('takes HEAD where GET is taken, unless somebody else takes HEAD', () => {
    const routes = table('GET /a', 'GET /b', 'HEAD /b');
    assert.equal(taken(routes, '/a', 'HEAD'), 'GET /a');
    assert.equal(taken(routes, '/b', 'HEAD'), 'HEAD /b');
  });

  it('asks listed methods before any, and goes on to wider paths', () => {
    const routes = table('/a/b', 'POST /a/b', 'GET /a/c', '/a/*');
    assert.equal(taken(routes, '/a/b', 'POST'), 'POST /a/b');
    assert.equal(taken(routes, '/a/b', 'GET'), '/a/b');
    assert.equal(taken(routes, '/a/c', 'POST'), '/a/*');
  });
});

describe('route table: hosts', () => {
  it('asks exact hosts before wildcards, longer wildcards before shorter, and any host last', () => {
    const routes = table(
      'api.example.com /',
      '*.example.com /',
      '*.a.example.com /',
      '/',
      '*.example.com /deep/*',
    );
    assert.equal(taken(routes, '/', 'GET', 'api.example.com'), 'api.example.com /');
    assert.equal(taken(routes, '/', 'GET', 'api.example.com:8443'), 'api.example.com /');
    assert.equal(taken(routes, '/', 'GET', 'x.example.com'), '*.example.com /');
    assert.equal(taken(routes, '/', 'GET', 'x.y.example.com'), '*.example.com /');
    assert.equal(taken(routes, '/', 'GET', 'x.a.example.com'), '*.a.example.com /');
    assert.equal(taken(routes, '/', 'GET', 'example.com'), '/');
    assert.equal(taken(routes, '/', 'GET', '[::1]:80'), '/');
    assert.equal(taken(routes, '/deep/x', 'GET', 'api.example.com'), '*.example.com /deep/*');
    assert.equal(taken(routes, '/deep/x', 'GET', 'other'), '404');
    assert.equal(taken(table('[::1] /'), '/', 'GET', '[::1]:80'), '[::1] /');
  });
});

describe('route table: conflicts', () => {
  it('shows both routes of every conflict', () => {
    const conflicting: [string, string][] = [
      ['/a/:x', '/a/:y'],
      ['GET,POST /a', 'POST,PUT /a'],
      ['a.b,c.d /x/*', 'c.d /x/*'],
      ['~/a.*', '~/a.*'],
      ['/a', '/a/'],
      ['/%61', '/a'],
    ];
    for (const [first, second] of conflicting) {
      assert.throws(
        () => table(first, second),
        (error) => {
          assert.ok(error instanceof RouteConflictError);
          assert.deepEqual(
            error.conflicts.map((conflict) => conflict.sources),
            [[first, second]],
          );
          assert.ok(error.message.includes(first) && error.message.includes(second));
          return true;
        },
      );
    }
    assert.throws(
      () => table('/a', '/a', '/b', '/b', '/b'),
      (error) => error instanceof RouteConflictError && error.conflicts.length === 3,
    );
  });

  it('finds none where requests can be told apart', () => {
    table('GET /a', 'POST /a', '/a', 'h /a', '/a/*', '/:x', '~/a');
  });
});

describe('route table: explanations', () => {
  it('says for each route in order why it does not take the request', () => {
    const routes = table('api.x /a', 'POST /a', '/:id', '/b', '/*');
    assert.deepEqual(
      routes.explain(ask('GET', 'h', '/a')).map(({ route, against }) => [route.value, against]),
      [
        ['POST /a', 'method GET is not POST'],
        ['/b', 'path /a is not /b'],
        ['/:id', undefined],
        ['api.x /a', 'host h is not api.x'],
        ['/*', '/:id comes first'],
      ].toSorted((a, b) => order(routes, a[0]) - order(routes, b[0])),
    );
  });

  it('lists every route', () => {
    assert.equal(table('/a', '/b').list().length, 2);
  });
});

function order(routes: RouteTable<string>, value: string | undefined): number {
  return routes.explain(ask('GET', 'h', '/a')).findIndex(({ route }) => route.value === value);
}

describe('route table: against the plain statement', () => {
  const segment = fc.constantFrom('a', 'b', ':x', ':y');
  const path = fc
    .tuple(fc.uniqueArray(segment, { maxLength: 3, selector: (text) => text }), fc.boolean())
    .map(([segments, prefix]) => `/${[...segments, ...(prefix ? ['*'] : [])].join('/')}`);
  const regex = fc.constantFrom('~/a.*', '~/[ab]/.*', '~/a/b', '~/.*');
  const host = fc.constantFrom('', '', 'a.x.y', '*.x.y', '*.y');
  const methods = fc.constantFrom('', '', 'GET', 'POST', 'HEAD,GET');
  const route = fc
    .tuple(methods, host, fc.oneof({ weight: 4, arbitrary: path }, regex))
    .map((words) => words.filter(Boolean).join(' '));
  const request = fc.record({
    method: fc.constantFrom('GET', 'HEAD', 'POST'),
    host: fc.constantFrom('a.x.y', 'b.x.y', 'q.y', 'h'),
    path: fc
      .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 })
      .chain((segments) =>
        fc.constantFrom(`/${segments.join('/')}`, `/${segments.map((text) => `${text};p`).join('/')}`),
      ),
  });

  it('takes what explain says, and 405 exactly where only methods stand against it', () => {
    fc.assert(
      fc.property(
        fc.array(route, { maxLength: 12 }),
        fc.array(request, { maxLength: 12 }),
        (texts, requests) => {
          let routes: RouteTable<string>;
          try {
            routes = table(...texts);
          } catch (error) {
            return error instanceof RouteConflictError;
          }
          for (const { method, host: asked, path: target } of requests) {
            const verdicts = routes.explain(ask(method, asked, target));
            const first = verdicts.find(({ against }) => against === undefined);
            const byMethod = verdicts.some(({ against }) => against?.startsWith('method'));
            const result = routes.match(ask(method, asked, target));
            assert.equal(result.kind, first ? 'found' : byMethod ? 'method_not_allowed' : 'not_found');
            if (result.kind === 'found') assert.equal(result.value, first?.route.value);
          }
          return true;
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('route table: size', () => {
  it('looks at no more maps for 10,000 routes than for 10', () => {
    const many = table(...Array.from({ length: 10_000 }, (_, i) => `/service${i}/v1/:id/*`));
    const looked = { maps: 0 };
    const get = Map.prototype.get;
    Map.prototype.get = function counted(key) {
      looked.maps += 1;
      return get.call(this, key);
    };
    try {
      assert.equal(taken(many, '/service9876/v1/42/x'), '/service9876/v1/:id/*');
    } finally {
      Map.prototype.get = get;
    }
    assert.ok(looked.maps < 12, `${looked.maps} maps`);
  });
});
