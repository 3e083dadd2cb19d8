/** What a PromQL expression asks for, by the grammar that Prometheus' own page uses. Throws where it does not parse. */
import { parser } from '@prometheus-io/lezer-promql';

export interface Selected {
  readonly metric: string;
  /** Labels of its matchers. */
  readonly labels: readonly string[];
}

export interface Expression {
  readonly selectors: readonly Selected[];
  /** Labels of `by (…)` and `on (…)` and the like. */
  readonly groupings: readonly string[];
}

export function readPromql(text: string): Expression {
  // Grafana puts these in place before it asks.
  const written = text.replaceAll('$__rate_interval', '5m');
  const selectors: { metric: string; labels: string[] }[] = [];
  const groupings: string[] = [];
  parser.parse(written).iterate({
    enter(node) {
      const part = written.slice(node.from, node.to);
      if (node.type.isError) throw new SyntaxError(`no PromQL at ${node.from}: ${text}`);
      if (node.name === 'VectorSelector') selectors.push({ metric: '', labels: [] });
      const last = selectors.at(-1);
      if (node.name === 'Identifier' && last && last.metric === '') last.metric = part;
      if (node.name !== 'LabelName' && node.name !== 'QuotedLabelName') return;
      if (node.node.parent?.name === 'GroupingLabels') groupings.push(part);
      else last?.labels.push(part);
    },
  });
  if (selectors.length === 0) throw new SyntaxError(`it asks for no metric: ${text}`);
  return { selectors, groupings };
}
