/** Which parts of an expression made it false: the ones without which it would have been true, or would have to be looked at. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { type Expression, failureText } from './expression.ts';
import type { PolicyScope } from './input.ts';
import { LANGUAGE } from './language.ts';
import { childrenOf, LOOPS, textOf } from './syntax.ts';

/** A part that decided. */
export interface Cause {
  /** As CEL. */
  readonly source: string;
  readonly outcome: 'true' | 'false' | 'error';
  /** Why it could not be answered, where it could not. */
  readonly failure?: string;
  /** What its operands were, for people who may see them: `identity.tenant = "acme"`. Never for a log. */
  readonly values: readonly string[];
}

type Answer =
  | { readonly outcome: 'true' | 'false' }
  | { readonly outcome: 'error'; readonly failure: string };

type Program = ReturnType<typeof LANGUAGE.parse>;

const MAX_CAUSES = 8;
const MAX_VALUE_CHARS = 80;
/** A part of an expression is compiled when it is first explained. */
const programs = new WeakMap<ASTNode, Program>();

/** Of an expression that was not true (or, with `of` = true, was): what it hung on. */
export function causesOf({ tree }: Expression, scope: PolicyScope): readonly Cause[] {
  return collect(tree, scope, answerOf(tree, scope)).slice(0, MAX_CAUSES);
}

/** For the log: the parts and no values. */
export function causeText(causes: readonly Cause[]): string {
  return causes
    .map(
      ({ source, outcome, failure }) =>
        `${source} ${failure === undefined ? `is ${outcome}` : `fails: ${failure}`}`,
    )
    .join('; ');
}

function collect(node: ASTNode, scope: PolicyScope, answer: Answer): Cause[] {
  const children = childrenOf(node);
  switch (node.op) {
    case '&&':
    case '||': {
      const answers = children.map((child) => answerOf(child, scope));
      // One false makes a conjunction false, one true a disjunction true; otherwise all of them do.
      const decisive = node.op === '&&' ? 'false' : 'true';
      const at = answers.findIndex(({ outcome }) => outcome === decisive);
      const chosen = at >= 0 ? [at] : answers.flatMap(({ outcome }, i) => (same(outcome, answer) ? [i] : []));
      return chosen.flatMap((i) => {
        const [child, of] = [children[i], answers[i]];
        return child && of ? collect(child, scope, of) : [];
      });
    }
    case '!_':
      return collect(node.args, scope, answerOf(node.args, scope));
    default:
      return [{ source: textOf(node), ...answer, values: valuesOf(node, scope) }];
  }
}

/** Of an error, those that failed; else all. */
function same(outcome: Answer['outcome'], answer: Answer): boolean {
  return answer.outcome !== 'error' || outcome === 'error';
}

function answerOf(node: ASTNode, scope: PolicyScope): Answer {
  try {
    const value = run(node, scope);
    if (typeof value === 'boolean') return { outcome: value ? 'true' : 'false' };
    return { outcome: 'error', failure: 'it is neither true nor false' };
  } catch (error) {
    return { outcome: 'error', failure: failureText(error) };
  }
}

function run(node: ASTNode, scope: PolicyScope): unknown {
  let program = programs.get(node);
  if (!program) {
    program = LANGUAGE.parse(textOf(node));
    programs.set(node, program);
  }
  return program(scope);
}

/** The operands of a comparison or call that are not written out. */
function valuesOf(node: ASTNode, scope: PolicyScope): readonly string[] {
  const isLoop = node.op === 'rcall' && LOOPS.has(node.args[0]);
  const operands = isLoop ? childrenOf(node).slice(0, 1) : isPath(node) ? [node] : childrenOf(node);
  return operands.flatMap((operand) => {
    if (operand.op === 'value' || operand.op === 'list' || operand.op === 'map') return [];
    try {
      return [`${textOf(operand)} = ${shown(run(operand, scope))}`];
    } catch (error) {
      return [`${textOf(operand)}: ${failureText(error)}`];
    }
  });
}

function isPath({ op }: ASTNode): boolean {
  return op === '.' || op === '[]' || op === 'id';
}

function shown(value: unknown): string {
  const plain = value instanceof Map ? Object.fromEntries(value) : value instanceof Set ? [...value] : value;
  const text =
    typeof plain === 'bigint'
      ? String(plain)
      : (JSON.stringify(plain, (_, inner: unknown) => (typeof inner === 'bigint' ? Number(inner) : inner)) ??
        'nothing');
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS)}…` : text;
}
