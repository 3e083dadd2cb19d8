/**
 * What a request must pass before anything is planned or fetched for it: its document found, parsed, limited and
 * validated, its variables bounded and coerced, its cost within the budget and drawn from the consumer's bucket.
 */
import type { OperationTypeNode } from 'graphql';
import { FrontdeskError } from '../core/errors.ts';
import type { ClientDocuments } from './client-documents.ts';
import type { GraphConfig } from './config.ts';
import { checkVariables } from './document/value-limits.ts';
import type { DataObject } from './execute/data.ts';
import type { Operations, PreparedDocument } from './operation.ts';
import { Refusal } from './refusal.ts';
import type { GraphRequest } from './request.ts';
import { subscriptionRefusal } from './subscribe/subscriptions.ts';

export interface Admitted {
  readonly kind: OperationTypeNode;
  readonly prepared: PreparedDocument;
  /** Coerced. */
  readonly variables: DataObject;
  /** Static cost; `undefined` where nobody asks for it. */
  readonly cost: number | undefined;
}

export interface NotAdmitted {
  readonly kind: OperationTypeNode | 'unknown';
  readonly refusal: Refusal;
}

export class Admission {
  readonly #operations: Operations;
  readonly #documents: ClientDocuments;
  readonly #limits: GraphConfig['limits'];
  readonly #chargesCost: boolean;
  readonly #costed: boolean;

  constructor(operations: Operations, documents: ClientDocuments, { limits, charge }: GraphConfig) {
    this.#operations = operations;
    this.#documents = documents;
    this.#limits = limits;
    this.#chargesCost = charge === 'cost';
    this.#costed = this.#chargesCost || Number.isFinite(limits.cost) || Number.isFinite(limits.listSize);
  }

  /**
   * Admits a request. `trusted`: asked by code of this process, whose documents are its own and whose demand is not
   * limited. `tellCost`: the cost is to be known even where it limits nothing. Rejects with what refused a charge.
   */
  async admit(request: GraphRequest, trusted: boolean, tellCost = false): Promise<Admitted | NotAdmitted> {
    const { charge, paid } = request;
    // One token for each operation, before any work is done for it.
    if (charge && !paid) await charge(1);
    const preparing = trusted
      ? this.#operations.prepare(request.query ?? '', request.operationName, false)
      : this.#documents.prepare(request);
    const prepared = preparing instanceof Promise ? await preparing : preparing;
    if (prepared instanceof Refusal) return { kind: 'unknown', refusal: prepared };
    // Names that clients make up would be a new count each time.
    if (request.chargeOperation) {
      await request.chargeOperation(prepared.registered ? (prepared.operation.name?.value ?? '') : '');
    }
    const kind = prepared.operation.operation;
    if (kind === 'subscription' && !request.accepts?.subscription) {
      return { kind, refusal: subscriptionRefusal(request.queryOnly ?? false) };
    }
    try {
      if (!trusted && request.variables && checkVariables(request.variables, this.#limits)) {
        this.#operations.refuseInexactIds(prepared, request.variables);
      }
      const variables = this.#operations.coerce(prepared, request.variables);
      if (variables instanceof Refusal) return { kind, refusal: variables };
      if (trusted) {
        request.watch?.admitted(prepared.operation);
        return { kind, prepared, variables, cost: undefined };
      }
      const cost = this.#costed || tellCost ? this.#operations.cost(prepared, variables) : undefined;
      if (cost !== undefined && cost > this.#limits.cost) {
        return { kind, refusal: tooDear(cost, this.#limits.cost) };
      }
      // The first token was for the operation: what it costs beyond that is drawn now.
      if (charge && this.#chargesCost && cost !== undefined && cost > 1) await charge(cost - 1);
      request.watch?.admitted(prepared.operation);
      return { kind, prepared, variables, cost };
    } catch (error) {
      if (error instanceof FrontdeskError && error.code === 'invalid_query') {
        return { kind, refusal: Refusal.of(error) };
      }
      throw error;
    }
  }
}

function tooDear(cost: number, limit: number): Refusal {
  const message = `The operation costs ${cost}: more than the limit of ${limit}.`;
  return new Refusal('refused', 400, [{ message, extensions: { code: 'COST_LIMIT_EXCEEDED', cost, limit } }]);
}
