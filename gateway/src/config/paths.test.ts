import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { absolutePaths, fileSettings } from './paths.ts';
import { toPlain } from './tree.ts';
import { readYaml } from './yaml-source.ts';

test('settings that name files are relative to the file they stand in', () => {
  const { root } = readYaml(
    'etc/f.yaml',
    'graph: { supergraph: ./s.graphql }\nlisten: { host: ./not-a-file }\n',
  );
  absolutePaths(root);
  assert.deepEqual(toPlain(root), {
    graph: { supergraph: resolve('etc/s.graphql') },
    listen: { host: './not-a-file' },
  });
});

test('URLs and absolute paths stay', () => {
  const { root } = readYaml(
    'etc/f.yaml',
    'graph: { supergraph: "https://h/s" }\ntelemetry: { accessLog: { file: /a } }\n',
  );
  absolutePaths(root);
  assert.deepEqual(
    [...fileSettings(root)].map(([scalar]) => scalar.value),
    ['/a'],
  );
});

test('files of every upstream and of every certificate of a list', () => {
  const { root } = readYaml(
    'etc/f.yaml',
    'upstreams: { a: { tls: { ca: ca.pem } } }\nlisten: { tls: { others: [{ cert: c.pem }] } }\n',
  );
  assert.deepEqual(
    [...fileSettings(root)].map(([, path]) => path.join('.')),
    ['upstreams.a.tls.ca', 'listen.tls.others.0.cert'],
  );
});
