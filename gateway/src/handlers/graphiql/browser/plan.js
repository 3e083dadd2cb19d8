/** The query plan as a tree: what runs one after the other, what at once, who is asked what, and how much it costs. */
import { indentDocument } from './indent.js';
import { element as h } from './libraries.js';
import { countOf } from './measures.js';

/** @typedef {import('./account.js').PlanNode} Node */

/** @type {Readonly<Record<string, string>>} */
const WORDS = {
  sequence: 'one after the other',
  parallel: 'at once',
  subscription: 'for each event',
};

/** @param {{ account: import('./account.js').Account }} props */
export function Plan({ account }) {
  const { plan } = account;
  if (plan?.tree) return h('ul', { className: 'fd-plan' }, h(Branch, { node: plan.tree }));
  if (plan)
    return h('p', { className: 'fd-note' }, 'Nothing has to be fetched: the gateway answers this itself.');
  return h(
    'p',
    { className: 'fd-note' },
    'The gateway did not tell its plan: the operation was refused or streams, or ',
    h('code', null, 'graph.extensions.plan'),
    ' is off.',
  );
}

/** @param {{ node: Node, prefix?: string }} props */
function Branch({ node, prefix = '' }) {
  if (node.kind === 'fetch' || node.kind === 'entities') return h(Fetch, { node, prefix });
  const children = childrenOf(node);
  const word = node.kind === 'condition' ? `depending on $${node.variable}` : (WORDS[node.kind] ?? node.kind);
  return h(
    'li',
    null,
    h('span', { className: 'fd-kind' }, prefix + word),
    h(
      'ul',
      null,
      children.map(({ key, prefix: before, node: child }) => h(Branch, { key, node: child, prefix: before })),
    ),
  );
}

/** @param {Node} node @returns {{ key: string, prefix: string, node: Node }[]} */
function childrenOf(node) {
  const parts = [
    ...(node.nodes ?? []).map((child) => ({ prefix: '', node: child })),
    { prefix: node.kind === 'defer' ? 'first: ' : '', node: node.primary },
    { prefix: 'then: ', node: node.rest },
    { prefix: 'if true: ', node: node.ifTrue },
    { prefix: 'if false: ', node: node.ifFalse },
    ...(node.deferred ?? []).map(({ label, node: child }) => ({
      prefix: label ? `deferred as ${label}: ` : 'deferred: ',
      node: child,
    })),
  ];
  return parts.flatMap(({ prefix, node: child }, i) =>
    child ? [{ key: String(i), prefix, node: child }] : [],
  );
}

/** @param {{ node: Node, prefix: string }} props */
function Fetch({ node, prefix }) {
  const { kind, subgraph, operation = '', paths = [], objects } = node;
  return h(
    'li',
    null,
    h(
      'details',
      null,
      h(
        'summary',
        null,
        prefix && h('span', { className: 'fd-kind' }, prefix),
        h('span', { className: 'fd-subgraph' }, subgraph),
        h('span', null, kind === 'entities' ? ' entities' : ''),
        paths.length > 0 && h('span', { className: 'fd-path' }, ` at ${paths.join(', ')}`),
        objects !== undefined && h('span', { className: 'fd-badge' }, `≈ ${countOf(objects, 'object')}`),
      ),
      h('pre', { tabIndex: 0, 'aria-label': `operation for ${subgraph}` }, indentDocument(operation)),
    ),
  );
}
