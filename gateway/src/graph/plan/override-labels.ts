/**
 * Progressive `@override(label:)` (Federation 2.7): which labels hold is decided for each request. `percent(x)` holds
 * for x percent of requests, drawn at random; what other labels mean, configuration says. One draw decides all of a
 * request's labels, so n percentages make n + 1 plans of an operation and not 2ⁿ.
 */
import { type DocumentNode, Kind, visit } from 'graphql';
import type { Random } from '../../core/clock.ts';

/** What configuration says of a label: always, never, or for this percentage of requests. */
export type OverrideSetting = boolean | number;

/** The labels that hold for one request. */
export interface OverrideDecision {
  /** Equal for equal decisions of one supergraph. */
  readonly key: string;
  readonly labels: readonly string[];
}

/** Decides for one request. */
export type DecideOverrides = () => OverrideDecision;

const NO_OVERRIDES: OverrideDecision = Object.freeze({ key: '', labels: Object.freeze([]) });

/** The labels in a supergraph (join spec: `@join__field(overrideLabel:)`), each once. */
export function overrideLabels(supergraph: DocumentNode): readonly string[] {
  const labels = new Set<string>();
  visit(supergraph, {
    Directive(directive) {
      if (directive.name.value !== 'join__field') return;
      const label = directive.arguments?.find(({ name }) => name.value === 'overrideLabel')?.value;
      if (label?.kind === Kind.STRING) labels.add(label.value);
    },
  });
  return [...labels];
}

const PERCENT = /^percent\((\d{1,3}(?:\.\d{1,8})?)\)$/;

/** The number in `percent(x)`; `undefined` for a label with a name. */
export function percentOf(label: string): number | undefined {
  const found = PERCENT.exec(label)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** The draw that Hive's planner must be told so that the same percentages hold: it takes `draw < x` as true. */
export function percentageFor(percentages: readonly number[], labels: readonly string[]): number {
  const holding = new Set(labels.map(percentOf));
  return percentages.reduce((most, percent) => (holding.has(percent) ? most : Math.max(most, percent)), 0);
}

/** A label that is neither a percentage nor configured never holds. */
export function decideOverrides(
  labels: readonly string[],
  settings: Readonly<Record<string, OverrideSetting>>,
  random: Random,
): DecideOverrides {
  if (labels.length === 0) return () => NO_OVERRIDES;
  const shares = labels.map((label) => {
    const setting = percentOf(label) ?? (Object.hasOwn(settings, label) ? settings[label] : undefined);
    return { label, share: typeof setting === 'number' ? setting : setting === true ? 100 : 0 };
  });
  const bounds = [...new Set([0, ...shares.map(({ share }) => share)])].filter((share) => share < 100);
  bounds.sort((a, b) => a - b);
  const decisions = bounds.map((from, index) => ({
    from,
    decision: {
      key: String(index),
      labels: shares.filter(({ share }) => share > from).map(({ label }) => label),
    },
  }));
  const [only, ...more] = decisions;
  if (only && more.length === 0) return () => only.decision;
  return () => {
    const draw = random() * 100;
    return decisions.findLast(({ from }) => draw >= from)?.decision ?? NO_OVERRIDES;
  };
}
