/**
 * The rules of gateway/deploy/prometheus as the Prometheus operator takes them. Written by
 * `node test/deploy/prometheus-rule.ts > gateway/deploy/kubernetes/components/monitoring/prometheus-rule.yaml`.
 */
import { stringify } from 'yaml';
import { at, readYaml } from './files.ts';

const HEAD = `# Written from gateway/deploy/prometheus/alerts.yaml: change that one, and then
#   node test/deploy/prometheus-rule.ts > gateway/deploy/kubernetes/components/monitoring/prometheus-rule.yaml
`;

/** The text of the manifest. */
export function prometheusRule(): string {
  const manifest = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'frontdesk' },
    spec: { groups: at(readYaml('prometheus', 'alerts.yaml'), 'groups') },
  };
  return HEAD + stringify(manifest, { lineWidth: 0 });
}

if (import.meta.main) process.stdout.write(prometheusRule());
