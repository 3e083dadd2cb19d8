/** The Kubernetes base and its example, as far as they can be tried without a cluster. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { at, check, DEPLOY, isPlain, manifestsIn, ofKind, readYaml, secondsOf } from './files.ts';
import { faultsOf, isBuiltIn } from './kubernetes.ts';

const base = manifestsIn('kubernetes', 'base');
const example = manifestsIn('kubernetes', 'overlays', 'example');
const monitoring = manifestsIn('kubernetes', 'components', 'monitoring');
const POD = ['spec', 'template', 'spec'] as const;

test('each manifest is what the API takes, to the last key; and one that is not is found', () => {
  const all = [...base, ...example, ...monitoring];
  assert.ok(all.filter(isBuiltIn).length >= 8);
  assert.deepEqual(faultsOf(all), []);
  const { content, ...deployment } = ofKind(base, 'Deployment');
  const text = JSON.stringify(content);
  const breaks = [
    ['"containerPort":4000', '"containerPort":"http"'],
    ['"readinessProbe"', '"readynessProbe"'],
    ['"selector"', '"chooser"'],
  ] as const;
  const broken = breaks.map(([from, to]) => ({ ...deployment, content: JSON.parse(text.replace(from, to)) }));
  const told = faultsOf(broken).join('\n');
  for (const word of [/containerPort/, /readynessProbe/, /chooser/]) assert.match(told, word);
});

test('Kustomize is given every file that there is', () => {
  for (const [folder, extra] of [
    [['kubernetes', 'base'], []],
    [['kubernetes', 'components', 'monitoring'], []],
    [
      ['kubernetes', 'overlays', 'example'],
      ['frontdesk.yaml', 'adapter-rules.yaml'],
    ],
  ] as const) {
    const listed = at(readYaml(...folder, 'kustomization.yaml'), 'resources');
    assert.ok(Array.isArray(listed));
    const there = readdirSync(join(DEPLOY, ...folder)).filter((file) => file !== 'kustomization.yaml');
    const own = listed.filter((name) => !String(name).includes('/'));
    assert.deepEqual([...own, ...extra].toSorted(), there.toSorted());
  }
});

test('what refers to pods, ports, volumes and names means what is there', () => {
  const deployment = ofKind(base, 'Deployment').content;
  const labels = at(deployment, 'spec', 'template', 'metadata', 'labels');
  for (const selector of [
    at(deployment, 'spec', 'selector', 'matchLabels'),
    at(ofKind(base, 'PodDisruptionBudget').content, 'spec', 'selector', 'matchLabels'),
    at(ofKind(base, 'NetworkPolicy').content, 'spec', 'podSelector', 'matchLabels'),
    ...base.filter(({ kind }) => kind === 'Service').map(({ content }) => at(content, 'spec', 'selector')),
  ]) {
    assert.deepEqual(selector, labels);
  }
  const ports = names(at(deployment, ...POD, 'containers', 0, 'ports'));
  const container = at(deployment, ...POD, 'containers', 0);
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    assert.ok(ports.includes(String(at(container, probe, 'httpGet', 'port'))), probe);
  }
  for (const { kind, content } of base) {
    if (kind !== 'Service') continue;
    assert.ok(ports.includes(String(at(content, 'spec', 'ports', 0, 'targetPort'))));
  }
  assert.deepEqual(names(at(container, 'volumeMounts')), names(at(deployment, ...POD, 'volumes')));
  assert.equal(
    at(ofKind(base, 'HorizontalPodAutoscaler').content, 'spec', 'scaleTargetRef', 'name'),
    'frontdesk',
  );
  assert.equal(
    at(deployment, ...POD, 'serviceAccountName'),
    at(ofKind(base, 'ServiceAccount').content, 'metadata', 'name'),
  );
});

test('Prometheus scrapes the port for operators with the secret that the pod has, and calls the job by its name', () => {
  const monitor = at(ofKind(monitoring, 'ServiceMonitor').content, 'spec');
  const chosen = at(monitor, 'selector', 'matchLabels');
  const services = base.filter(({ kind }) => kind === 'Service').map(({ content }) => content);
  const scraped = services.filter((service) => {
    const metadata = at(service, 'metadata');
    return isPlain(metadata) && isPlain(metadata.labels) && isDeepStrictEqual(metadata.labels, chosen);
  });
  assert.equal(scraped.length, 1);
  const [endpoint] = [at(monitor, 'endpoints', 0)];
  assert.equal(at(endpoint, 'port'), at(scraped[0], 'spec', 'ports', 0, 'name'));
  const environment = at(ofKind(base, 'Deployment').content, ...POD, 'containers', 0, 'env');
  assert.ok(Array.isArray(environment));
  const token = environment.find((variable) => at(variable, 'name') === 'ADMIN_TOKEN');
  assert.deepEqual(at(endpoint, 'authorization', 'credentials'), at(token, 'valueFrom', 'secretKeyRef'));
  // Kustomize puts this label on everything.
  const [pairs] = [at(readYaml('kubernetes', 'base', 'kustomization.yaml'), 'labels', 0, 'pairs')];
  assert.match(String(at(pairs, String(at(monitor, 'jobLabel')))), /^frontdesk/);
  const components = at(readYaml('kubernetes', 'overlays', 'example', 'kustomization.yaml'), 'components');
  assert.deepEqual(components, ['../../components/monitoring']);
});

test('the pod is held as tightly as it can be, and given time to take leave', () => {
  const deployment = ofKind(base, 'Deployment').content;
  const container = at(deployment, ...POD, 'containers', 0);
  assert.equal(at(deployment, ...POD, 'securityContext', 'runAsNonRoot'), true);
  assert.deepEqual(at(container, 'securityContext'), {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  const folder = ['kubernetes', 'overlays', 'example'] as const;
  const environment = { ADMIN_TOKEN: 'a-token-of-this-test', KUBERNETES_SERVICE_HOST: '10.0.0.1' };
  assert.match(check(join(DEPLOY, ...folder, 'frontdesk.yaml'), environment), /is good: 1 route/);
  const drain = at(readYaml(...folder, 'frontdesk.yaml'), 'listen', 'drain');
  const announce = secondsOf(at(drain, 'announce'));
  const leave = Number(at(deployment, ...POD, 'terminationGracePeriodSeconds'));
  assert.ok(announce + secondsOf(at(drain, 'grace')) + 5 <= leave);
  // A pod is out of its services when two probes have failed; it announces for longer than that.
  const probe = at(container, 'readinessProbe');
  assert.ok(announce > Number(at(probe, 'periodSeconds')) * Number(at(probe, 'failureThreshold')));
});

function names(list: unknown): string[] {
  assert.ok(Array.isArray(list));
  return list.map((item) => String(at(item, 'name')));
}
