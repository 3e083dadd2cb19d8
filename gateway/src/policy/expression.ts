/**
 * One expression of a policy: parsed, checked for its types and its cost, and then as good as code. Nothing is compiled
 * from text afterwards, and nothing a request holds decides what is run.
 */
import { type ASTNode, EvaluationError } from '@marcbachmann/cel-js';
import { RegexError } from '../router/linear-regex.ts';
import { costOf } from './cost.ts';
import type { PolicyScope } from './input.ts';
import { LANGUAGE, OWN_MATCHES, patternOf, rangesOf } from './language.ts';
import { hasAnchoredChoice } from './pattern.ts';
import { childrenOf, everyNode, LOOPS } from './syntax.ts';

const MAX_EXPRESSION_CHARS = 4000;
/** Steps; a step takes 20 to 45 ns, so this is some 6 to 13 ms. */
export const MAX_COST = 300_000;
const MAX_LOOP_DEPTH = 2;

/** Why a text is no expression for a policy; the message says what was expected. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

export interface Expression {
  readonly source: string;
  readonly tree: ASTNode;
  /** Whether it looks at who asks: if so, somebody unknown might pass with a credential. */
  readonly asksIdentity: boolean;
  /** The most steps that it can take. */
  readonly cost: number;
  /** @throws for what it cannot answer; that never counts as yes. */
  evaluate(scope: PolicyScope): boolean;
}

const compiled = new Map<string, Expression>();
/** A configuration is looked at several times before it is served. */
const MAX_KEPT = 2000;

/** @throws ExpressionError */
export function compileExpression(source: string): Expression {
  const known = compiled.get(source);
  if (known) return known;
  const expression = compile(source);
  if (compiled.size >= MAX_KEPT) compiled.clear();
  compiled.set(source, expression);
  return expression;
}

function compile(source: string): Expression {
  if (source.length > MAX_EXPRESSION_CHARS) {
    throw new ExpressionError(`is longer than ${MAX_EXPRESSION_CHARS} characters`);
  }
  const program = parse(source);
  const tree = program.ast;
  // Types first, with the library's own names; then with ours in place of what must not run.
  const { valid, type, error } = parse(source).check();
  if (!valid) throw fault(source, error);
  if (type !== 'bool' && type !== 'dyn') {
    throw new ExpressionError(`gives a ${type}: expected an expression that is true or false`);
  }
  prepare(tree, 0);
  const checked = program.check();
  if (!checked.valid) throw fault(source, checked.error);
  const cost = Math.ceil(costOf(tree));
  if (cost > MAX_COST) {
    throw new ExpressionError(
      `may take ${cost} steps: expected at most ${MAX_COST}; \`in\` costs less than a loop, and a loop in a loop most`,
    );
  }
  return {
    source,
    tree,
    asksIdentity: [...everyNode(tree)].some((node) => node.op === 'id' && node.args === 'identity'),
    cost,
    evaluate(scope) {
      const answer: unknown = program(scope);
      if (typeof answer === 'boolean') return answer;
      throw new TypeError(
        `gives a ${answer === null ? 'null' : typeof answer}, which is neither true nor false`,
      );
    },
  };
}

function parse(source: string): ReturnType<typeof LANGUAGE.parse> {
  try {
    return LANGUAGE.parse(source);
  } catch (error) {
    throw fault(source, error);
  }
}

function fault(source: string, error: unknown): ExpressionError {
  const summary = error instanceof Error && 'summary' in error ? String(error.summary) : String(error);
  const range = error instanceof Error && 'range' in error ? error.range : undefined;
  const start = typeof range === 'object' && range !== null && 'start' in range ? Number(range.start) : 0;
  return new ExpressionError(`${summary}, at "${source.slice(start, start + 30).trim() || 'the end'}"`);
}

/** Puts ours in the place of `matches`, and holds loops and literals to their bounds. */
function prepare(node: ASTNode, loops: number): void {
  let inside = loops;
  if (node.op === 'rcall') {
    const [name, , args] = node.args;
    if (LOOPS.has(name) && args.length > 1) inside += 1;
    if (inside > MAX_LOOP_DEPTH) throw new ExpressionError(`has loops more than ${MAX_LOOP_DEPTH} deep`);
    if (name === 'matches') {
      preparePattern(args[0]);
      node.args[0] = OWN_MATCHES;
    } else if (name === OWN_MATCHES) throw new ExpressionError(`knows no ${OWN_MATCHES}: expected matches`);
    if (name === 'inCidr') prepareRanges(args[0]);
  }
  for (const child of childrenOf(node)) prepare(child, inside);
}

function preparePattern(node: ASTNode | undefined): void {
  const source = node?.op === 'value' ? node.args : undefined;
  if (typeof source !== 'string')
    throw new ExpressionError('matches a pattern that is not written out: expected a text in quotes');
  if (hasAnchoredChoice(source)) {
    throw new ExpressionError(
      `the pattern ${source}: expected the alternatives in a group, such as ^(?:a|b)$`,
    );
  }
  try {
    patternOf(source);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw new ExpressionError(`the pattern ${source}: ${error.message}`);
  }
}

function prepareRanges(node: ASTNode | undefined): void {
  const items = node?.op === 'list' ? node.args : node ? [node] : [];
  const texts = items.flatMap((item) =>
    item.op === 'value' && typeof item.args === 'string' ? [item.args] : [],
  );
  if (texts.length === 0 || texts.length < items.length) {
    throw new ExpressionError(
      'inCidr with ranges that are not written out: expected texts such as "10.0.0.0/8"',
    );
  }
  try {
    rangesOf(texts);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ExpressionError(`${error.message}: expected one such as 10.0.0.0/8, its last bits 0`);
  }
}

/** What an evaluation failed of, for the log. Names what is missing, never a value. */
export function failureText(error: unknown): string {
  if (error instanceof EvaluationError) return error.summary;
  return error instanceof Error ? error.message : String(error);
}
