import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { overridden, supergraphOptions } from './serve-options.ts';

test('what the command line says stands over the file, and nothing else is touched', () => {
  const read = configSchema.parse({
    listen: { host: '127.0.0.1', port: 1 },
    workers: { count: 2, silence: '2s' },
  });
  assert.deepEqual(overridden(read, {}, 'f.yaml'), read);
  const { listen, workers } = overridden(read, { host: '::1', port: 0, workers: 'auto' }, 'f.yaml');
  assert.deepEqual([listen.host, listen.port], ['::1', 0]);
  assert.deepEqual(workers, { ...Object(read.workers), count: 'auto' });
});

test('a supergraph needs a section that serves it', () => {
  assert.throws(
    () => overridden(configSchema.parse({}), { supergraph: 's' }, 'f.yaml'),
    /f\.yaml has no section "graph"/,
  );
});

test('a supergraph alone has all that the command line says', () => {
  const { graph, listen, workers } = supergraphOptions({ supergraph: './s.graphql', port: 5, workers: 3 });
  assert.deepEqual(graph?.supergraph, { file: resolve('s.graphql'), watch: true });
  assert.deepEqual([listen.port, workers], [5, 3]);
});
