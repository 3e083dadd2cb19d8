import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBuilt } from './package.ts';

test('sources become what is compiled from them, and nothing else changes', () => {
  const manifest = {
    name: 'x',
    bin: { x: 'src/main.ts' },
    exports: { '.': './src/index.ts', './bff': './src/bff/index.ts', './*.json': './*.json' },
    scripts: { prepack: 'node build.ts' },
    dependencies: { y: '1.0.0' },
    devDependencies: { z: '1.0.0' },
  };
  assert.deepEqual(toBuilt(manifest), {
    name: 'x',
    bin: { x: 'dist/main.js' },
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './bff': { types: './dist/bff/index.d.ts', default: './dist/bff/index.js' },
      './*.json': './*.json',
    },
    dependencies: { y: '1.0.0' },
  });
});
