/**
 * The most that an expression can cost, worked out from its tree before it ever runs, given how large what it sees can
 * be. A unit is about one step of the interpreter. So whatever a client sends, no policy takes longer than its
 * configuration was allowed to; the method is the one of CEL's own estimator.
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import { MAX_CLAIM_CHARS, MAX_CLAIM_VALUES } from './input.ts';
import { childrenOf, LOOPS } from './syntax.ts';

/** How large a value can be: elements (of a text: characters), and how large each of them. */
interface Size {
  readonly length: number;
  readonly element: number;
}

interface Estimate {
  readonly cost: number;
  readonly size: Size;
}

type Sizes = ReadonlyMap<string, Size>;

/** Characters that one step reads or writes. */
const CHARS_PER_STEP = 128;
/** Telling the parts of a time in a named zone. */
const ZONE_STEPS = 500;
const ONE: Size = { length: 1, element: 1 };
/** The head of a request is no larger, unless `listen.limits` lets it be. */
const MAX_HEAD_CHARS = 16_384;
const MAX_FIELDS = 200;
/** Roles and scopes of an identity. */
const MAX_GRANTS = 500;
const MAX_NAME_CHARS = 256;

const SIZES: Readonly<Record<string, Size>> = {
  claims: { length: MAX_CLAIM_VALUES, element: MAX_CLAIM_CHARS / MAX_CLAIM_VALUES },
  scopes: { length: MAX_GRANTS, element: MAX_NAME_CHARS },
  roles: { length: MAX_GRANTS, element: MAX_NAME_CHARS },
  headers: { length: MAX_FIELDS, element: MAX_HEAD_CHARS / MAX_FIELDS },
  query: { length: MAX_FIELDS, element: MAX_HEAD_CHARS / MAX_FIELDS },
  params: { length: 16, element: MAX_HEAD_CHARS / 16 },
  path: { length: MAX_HEAD_CHARS, element: 1 },
};
/** What making it costs: all fields of a request become a map. */
const MAKING: Readonly<Record<string, number>> = { headers: 400, query: 2000, params: 50, claims: 1 };

/** The most steps, whatever the request. */
export function costOf(root: ASTNode): number {
  return estimate(root, new Map()).cost;
}

function estimate(node: ASTNode, sizes: Sizes): Estimate {
  switch (node.op) {
    case 'value':
      return { cost: 1, size: { length: typeof node.args === 'string' ? node.args.length : 1, element: 1 } };
    case 'id':
      return { cost: 1, size: sizes.get(node.args) ?? { length: MAX_NAME_CHARS, element: 1 } };
    case '.':
    case '.?':
      return ofField(node.args[0], node.args[1], sizes);
    case '[]':
    case '[?]': {
      const [list, key] = [estimate(node.args[0], sizes), estimate(node.args[1], sizes)];
      return { cost: list.cost + key.cost + 1, size: list.size };
    }
    case 'rcall':
      return ofCall(node.args[0], node.args[1], node.args[2], sizes);
    case 'list':
    case 'map': {
      const parts = childrenOf(node).map((child) => estimate(child, sizes));
      const element = Math.max(1, ...parts.map(({ size }) => total(size)));
      return { cost: sum(parts) + 1, size: { length: parts.length, element } };
    }
    case '?:': {
      const [condition, then, otherwise] = node.args.map((child) => estimate(child, sizes));
      const branches = [then, otherwise].filter((one) => one !== undefined);
      const cost = Math.max(...branches.map((one) => one.cost)) + (condition?.cost ?? 0) + 1;
      return { cost, size: largest(branches) };
    }
    default:
      return ofOperator(node, sizes);
  }
}

function ofField(object: ASTNode, name: string, sizes: Sizes): Estimate {
  const { cost, size } = estimate(object, sizes);
  const isVariable = object.op === 'id' && (object.args === 'identity' || object.args === 'request');
  // All of it may be in the one member that is asked for.
  if (!isVariable || sizes.has(object.args)) return { cost: cost + 1, size };
  const known = Object.hasOwn(SIZES, name) ? SIZES[name] : undefined;
  const making = Object.hasOwn(MAKING, name) ? MAKING[name] : undefined;
  return { cost: cost + (making ?? 1), size: known ?? { length: MAX_NAME_CHARS, element: 1 } };
}

function ofOperator(node: ASTNode, sizes: Sizes): Estimate {
  const parts = childrenOf(node).map((child) => estimate(child, sizes));
  const [left = { cost: 0, size: ONE }, right = left] = parts;
  const cost = sum(parts) + 1;
  switch (node.op) {
    case 'in':
      return { cost: cost + right.size.length / 4 + total(right.size) / CHARS_PER_STEP, size: ONE };
    case '+': {
      const length = left.size.length + right.size.length;
      const element = Math.max(left.size.element, right.size.element);
      return { cost: cost + (length * element) / CHARS_PER_STEP, size: { length, element } };
    }
    default: {
      // What is compared is read no further than the smaller of both.
      const read = Math.min(total(left.size), total(right.size));
      return { cost: cost + read / CHARS_PER_STEP, size: ONE };
    }
  }
}

function ofCall(name: string, receiver: ASTNode, args: readonly ASTNode[], sizes: Sizes): Estimate {
  const [first, second, third] = args;
  const isMacro = first?.op === 'id' && second !== undefined;
  if (isMacro && name === 'bind' && third && receiver.op === 'id' && receiver.args === 'cel') {
    const value = estimate(second, sizes);
    const rest = estimate(third, new Map(sizes).set(first.args, value.size));
    return { cost: value.cost + rest.cost + 1, size: rest.size };
  }
  if (isMacro && LOOPS.has(name)) return ofLoop(name, receiver, first.args, args.slice(1), sizes);
  const object = estimate(receiver, sizes);
  const given = args.map((arg) => estimate(arg, sizes));
  const chars = total(object.size);
  const cost = object.cost + sum(given) + 2;
  const argument = given.reduce((most, { size }) => Math.max(most, total(size)), 1);
  switch (name) {
    case 'contains':
    case 'indexOf':
    case 'lastIndexOf':
      // At worst each place is compared with nearly all that is looked for.
      return { cost: cost + (chars * argument) / CHARS_PER_STEP, size: ONE };
    case 'split':
      return {
        cost: cost + chars + (chars * argument) / CHARS_PER_STEP,
        size: { length: chars, element: 1 },
      };
    case 'join':
      return {
        cost: cost + (chars + object.size.length * argument) / CHARS_PER_STEP,
        size: { length: chars + object.size.length * argument, element: 1 },
      };
    case 'inCidr':
      return { cost: cost + 8 * argument, size: ONE };
    default:
      return {
        cost: cost + (name.startsWith('get') ? ZONE_STEPS : 0) + (chars + argument) / CHARS_PER_STEP,
        size: { length: chars, element: 1 },
      };
  }
}

function ofLoop(
  name: string,
  list: ASTNode,
  variable: string,
  body: readonly ASTNode[],
  sizes: Sizes,
): Estimate {
  const { cost, size } = estimate(list, sizes);
  const inside = new Map(sizes).set(variable, within(size));
  const parts = body.map((part) => estimate(part, inside));
  const each = sum(parts) + 2;
  const made = parts.at(-1);
  const element = name === 'map' && made ? total(made.size) : size.element;
  const isList = name === 'map' || name === 'filter';
  return { cost: cost + size.length * each, size: isList ? { length: size.length, element } : ONE };
}

/** An element may be a list itself; all of them together are no more than the whole. */
function within({ element }: Size): Size {
  return { length: Math.ceil(element), element: 1 };
}

function total({ length, element }: Size): number {
  return length * element;
}

function largest(parts: readonly Estimate[]): Size {
  return parts.reduce((most, { size }) => (total(size) > total(most) ? size : most), ONE);
}

function sum(parts: readonly Estimate[]): number {
  return parts.reduce((all, { cost }) => all + cost, 0);
}
