/**
 * Who may have what of the graph: `@authenticated`, `@requiresScopes` and `@policy`. A document knows which requirements
 * it touches; a caller satisfies some of them; the operation is filtered by the others, planned and compiled so. Those
 * answers are part of the key under which compiled operations are kept, so no two callers share a plan who may not
 * have the same, and all share one who may. Documents that touch nothing guarded pay nothing.
 */
import {
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { Identity } from '../../core/identity.ts';
import type { AuthorizationConfig } from './authorization-config.ts';
import { type Denial, type DeniedField, denialOf, filterOperation } from './authorization-filter.ts';
import { isSatisfied } from './authorization-requirements.ts';
import type { AccessRules } from './authorization-rules.ts';

/** Whoever asks: a caller, or (for the command line) somebody to whom nothing is denied. */
export type Caller = Identity | undefined | 'trusted';

/** Policies that `@policy` may name and that are answered elsewhere. */
export interface FieldPolicies {
  has(name: string): boolean;
  /** Those of the names that hold for a caller. Rejects with a `FrontdeskError` where nobody can tell. */
  held(names: readonly string[], context: CallContext): ReadonlySet<string> | Promise<ReadonlySet<string>>;
}

/** What a document touches of what is guarded; requirements by number. */
export type Guards = readonly number[];

/** One set of answers to a document's guards. */
export interface Access {
  /** A character for each guard: part of the key of what is compiled. */
  readonly key: string;
  readonly unsatisfied: ReadonlySet<number>;
}

const FULL: Access = { key: '', unsatisfied: new Set() };

export interface Authorized {
  /** What may be planned. */
  readonly operation: OperationDefinitionNode;
  /** What the answer leaves out; `undefined` where that is nothing. */
  readonly denial: Denial | undefined;
  readonly denied: readonly DeniedField[];
}

export class Authorization {
  readonly #schema: GraphQLSchema;
  readonly #rules: AccessRules;
  readonly #config: AuthorizationConfig;
  readonly #policies: FieldPolicies | undefined;

  constructor(
    schema: GraphQLSchema,
    rules: AccessRules,
    config: AuthorizationConfig,
    policies?: FieldPolicies | undefined,
  ) {
    this.#schema = schema;
    this.#rules = rules;
    this.#config = config;
    this.#policies = policies;
  }

  /** Policies that the supergraph names and the configuration does not: what they guard, nobody gets. */
  get unknownPolicies(): string[] {
    const { policies } = this.#config;
    return [...this.#rules.requirements.policyNames()]
      .filter((name) => !Object.hasOwn(policies, name) && this.#policies?.has(name) !== true)
      .sort();
  }

  /** The policies that are answered elsewhere, of those that guards ask for. */
  policies(guards: Guards): readonly string[] {
    const others = this.#policies;
    if (!others || guards.length === 0) return [];
    const names = this.#rules.requirements.policyNames(guards);
    return [...names].filter((name) => !Object.hasOwn(this.#config.policies, name) && others.has(name));
  }

  /** What a (valid) document touches, whatever becomes of its conditions. */
  guards(document: DocumentNode): Guards {
    if (!this.#rules.guarded) return NO_GUARDS;
    const found = new Set<number>();
    const types = new TypeInfo(this.#schema);
    const field = (name: string): void => {
      for (const type of this.#objectsOf(types.getParentType())) {
        for (const number of this.#rules.field(type, name)) found.add(number);
      }
    };
    visit(document, visitWithTypeInfo(types, { Field: ({ name }) => field(name.value) }));
    return [...found].sort((a, b) => a - b);
  }

  /** `held`: of `policies(guards)`, those that hold for this caller. */
  access(guards: Guards, caller: Caller, held?: ReadonlySet<string>): Access {
    if (guards.length === 0 || caller === 'trusted') return FULL;
    const unsatisfied = new Set<number>();
    let key = '';
    for (const number of guards) {
      const requirement = this.#rules.requirements.get(number);
      const satisfied = !requirement || isSatisfied(requirement, caller, this.#config.policies, held);
      key += satisfied ? '1' : '0';
      if (!satisfied) unsatisfied.add(number);
    }
    return unsatisfied.size === 0 ? FULL : { key, unsatisfied };
  }

  /**
   * Filters an operation whose conditions are resolved. Throws `unauthorized_field_or_type` where the configuration
   * would have it refused.
   */
  authorize(operation: OperationDefinitionNode, access: Access): Authorized {
    if (access.unsatisfied.size === 0) return { operation, denial: undefined, denied: [] };
    const denial = denialOf(this.#rules, access.unsatisfied);
    const filtered = filterOperation(this.#schema, operation, denial);
    if (filtered.denied.length === 0) return { operation, denial: undefined, denied: [] };
    if (this.#config.unauthorized === 'reject') throw refused(filtered.denied);
    return { ...filtered, denial };
  }

  #objectsOf(type: GraphQLNamedType | null | undefined): readonly string[] {
    if (isObjectType(type)) return [type.name];
    return isAbstractType(type) ? this.#schema.getPossibleTypes(type).map(({ name }) => name) : [];
  }
}

const NO_GUARDS: Guards = [];

function refused(denied: readonly DeniedField[]): FrontdeskError {
  const coordinates = denied.map(({ coordinate }) => coordinate).join(', ');
  return new FrontdeskError('unauthorized_field_or_type', {
    detail: `the caller may not have ${coordinates}`,
    members: { paths: denied.map(({ path }) => path) },
  });
}
