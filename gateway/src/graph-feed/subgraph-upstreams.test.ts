import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { targetsOf, upstreamConfig } from '../upstream/config.ts';
import { joinSubgraphs } from './subgraph-upstreams.ts';

const products = { key: 'PRODUCTS', name: 'products', url: 'http://10.0.0.1:4112/graphql' };

function detailOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof FrontdeskError) return error.detail ?? '';
    throw error;
  }
  return assert.fail('nothing was thrown');
}

test('a subgraph without an entry gets an upstream with the address of the supergraph', () => {
  const { configs, upstreamOf } = joinSubgraphs({}, [products]);
  assert.deepEqual(upstreamOf('products'), { upstream: 'subgraph:products', path: '/graphql' });
  const made = configs['subgraph:products'];
  assert.ok(made);
  assert.deepEqual(targetsOf(made), [{ url: 'http://10.0.0.1:4112', weight: 1 }]);
});

test('an entry with `subgraph` takes over the address, its path where it has one', () => {
  const bare = upstreamConfig.parse({ url: 'http://catalogue', subgraph: 'products' });
  const one = joinSubgraphs({ catalogue: bare }, [products]);
  assert.deepEqual(one.upstreamOf('products'), { upstream: 'catalogue', path: '/graphql' });
  assert.deepEqual(Object.keys(one.configs), ['catalogue']);

  const targets = [{ url: 'http://a/query' }, { url: 'http://b/query', weight: 3 }];
  const several = joinSubgraphs({ catalogue: upstreamConfig.parse({ targets, subgraph: 'products' }) }, [
    products,
  ]);
  assert.deepEqual(several.upstreamOf('products'), { upstream: 'catalogue', path: '/query' });
  const { catalogue } = several.configs;
  assert.ok(catalogue);
  assert.deepEqual(targetsOf(catalogue), [
    { url: 'http://a', weight: 1 },
    { url: 'http://b', weight: 3 },
  ]);
});

test('an entry that merely shares its name with a subgraph is left alone', () => {
  const rest = upstreamConfig.parse({ url: 'http://rest' });
  const { upstreamOf, configs } = joinSubgraphs({ products: rest }, [products]);
  assert.equal(upstreamOf('products').upstream, 'subgraph:products');
  assert.equal(configs.products, rest);
});

test('what fits no subgraph, fits one twice or leaves one without an address is named', () => {
  const entry = (subgraph: string) => upstreamConfig.parse({ url: 'http://a', subgraph });
  assert.match(
    detailOf(() => joinSubgraphs({ a: entry('nope') }, [products])),
    /upstreams\.a\.subgraph: .* no nope; it has products/,
  );
  assert.match(
    detailOf(() => joinSubgraphs({ a: entry('products'), b: entry('products') }, [products])),
    /upstreams\.b\.subgraph: products is taken over by upstreams\.a/,
  );
  assert.match(
    detailOf(() => joinSubgraphs({}, [{ key: 'X', name: 'x', url: '' }])),
    /subgraph x has no address/,
  );
});

test('an address that cannot be asked is told, all of them at once', () => {
  const subgraphs = [
    { key: 'A', name: 'a', url: 'localhost:4001/graphql' },
    { key: 'B', name: 'b', url: '' },
    { key: 'C', name: 'c', url: 'https://user:secret@c/' },
    { key: 'D', name: 'd', url: 'https://[::1]:4443/graphql?a=b' },
  ];
  const detail = detailOf(() => joinSubgraphs({}, subgraphs));
  assert.match(detail, /subgraph a in the supergraph, "localhost:4001\/graphql", is no http/);
  assert.match(detail, /subgraph b has no address: .*; .*subgraph c in the supergraph holds credentials/s);
  assert.ok(!detail.includes('secret') && !detail.includes('subgraph d'));
  const { upstreamOf, configs } = joinSubgraphs({}, subgraphs.slice(3));
  assert.deepEqual(upstreamOf('d'), { upstream: 'subgraph:d', path: '/graphql?a=b' });
  assert.equal(configs['subgraph:d']?.url, 'https://[::1]:4443');
});

test('a split may serve a subgraph: at the path of the supergraph, or at those of its sides', () => {
  const split = { sides: { stable: { upstream: 'v1' }, canary: { upstream: 'v2', weight: 5 } } };
  const pathWith = (v1: string, v2: string): string => {
    const configured = {
      catalogue: upstreamConfig.parse({ split, subgraph: 'products' }),
      v1: upstreamConfig.parse({ url: v1 }),
      v2: upstreamConfig.parse({ url: v2 }),
    };
    const { configs, upstreamOf } = joinSubgraphs(configured, [products]);
    assert.deepEqual(configs, configured, 'the sides are whoever else asks for them too');
    const place = upstreamOf('products');
    assert.ok(typeof place === 'object' && 'path' in place);
    return place.path;
  };
  assert.equal(pathWith('http://a', 'http://b'), '/graphql');
  assert.equal(pathWith('http://a/query', 'http://b/v2/query'), '');
});
