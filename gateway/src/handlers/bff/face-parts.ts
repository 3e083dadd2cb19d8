/** What the faces of one mounted BFF are made of: a handler file for each kind of operation takes these. */

import type { GraphQLSchema } from 'graphql';
import type { Bff } from '../../bff/definition.ts';
import type { PartReport } from '../../bff/engine.ts';
import type { Clock } from '../../core/clock.ts';
import type { FrontdeskError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import type { AnswerShapes } from './answer-shape.ts';
import type { BffClients } from './clients.ts';
import type { RestLimits } from './rest-limits.ts';

export interface FaceParts {
  readonly bff: Bff;
  readonly clients: BffClients;
  /** Bound to its operations. */
  readonly schema: GraphQLSchema;
  /** What the REST face holds answers to. */
  readonly shapes: AnswerShapes;
  /** `undefined` where no field of the schema has `@rateLimit`. */
  readonly limits: RestLimits | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Told how each part of a screen ended. */
  readonly report: (report: PartReport) => void;
  /** `undefined` where the configuration has none: then no operation asks for one. */
  readonly policies: OperationPolicies | undefined;
}

/** Policies as operations name them. */
export interface OperationPolicies {
  has(name: string): boolean;
  /** The refusal of a caller, if any; rejects where nobody can tell. */
  refusal(
    names: readonly string[],
    exchange: Exchange,
  ): FrontdeskError | undefined | Promise<FrontdeskError | undefined>;
}
