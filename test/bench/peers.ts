/** The peers that we compare ourselves with. They are installed here, by this script alone, and never by `npm install`. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const PEERS = join(import.meta.dirname, '.peers');

const MANIFEST = {
  name: 'peers',
  private: true,
  type: 'module',
  dependencies: {
    '@apollo/datasource-rest': '6.4.1',
    '@apollo/server': '5.5.1',
    '@fastify/http-proxy': '11.6.3',
    '@graphql-hive/gateway': '2.15.1',
    '@graphql-hive/router-runtime': '1.4.23',
    fastify: '5.12.8',
    graphql: '16.15.0',
  },
  // What the gateway asks for is not to be had everywhere; this one works.
  overrides: { '@graphql-tools/batch-execute': '10.2.0' },
};

export function installPeers(): void {
  const wanted = `${JSON.stringify(MANIFEST, null, 2)}\n`;
  const path = join(PEERS, 'package.json');
  const isInstalled =
    existsSync(join(PEERS, 'node_modules/.package-lock.json')) && readFileSync(path, 'utf8') === wanted;
  if (!isInstalled) {
    console.log('Installing the peers ...');
    mkdirSync(PEERS, { recursive: true });
    writeFileSync(path, wanted);
    execFileSync('npm', ['install', '--loglevel=error', '--no-audit', '--no-fund'], {
      cwd: PEERS,
      stdio: 'inherit',
    });
  }
  for (const file of [
    'passthrough/fastify-proxy.mjs',
    'federation/hive.config.mjs',
    'dashboard/apollo-rest.mjs',
  ]) {
    copyFileSync(join(import.meta.dirname, file), join(PEERS, file.slice(file.indexOf('/') + 1)));
  }
}

export function peerVersion(name: string): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(PEERS, 'node_modules', name, 'package.json'), 'utf8'),
  );
  return manifest.version;
}
