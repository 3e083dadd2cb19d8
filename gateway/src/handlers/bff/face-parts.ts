/** What the faces of one mounted BFF are made of: a handler file for each kind of operation takes these. */

import type { GraphQLSchema } from 'graphql';
import type { Bff } from '../../bff/definition.ts';
import type { TellDrift } from '../../bff/drift.ts';
import type { FlowEngine } from '../../bff/flow/flow-engine.ts';
import type { PartReport } from '../../bff/screen/engine.ts';
import type { PartCaching } from '../../bff/screen/part-caching.ts';
import type { Clock } from '../../core/clock.ts';
import type { FrontdeskError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import type { ScreenTraces } from '../../core/request-trace.ts';
import type { AnswerShapes } from './answer-shape.ts';
import type { BffClients } from './clients.ts';
import type { FaceStreams } from './live-session.ts';
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
  /** Where values of parts are kept; `undefined`: nowhere. */
  readonly caching?: PartCaching | undefined;
  /** Takes what happens to screens, for people who look at requests; `undefined` where nobody does. */
  readonly traces?: ScreenTraces | undefined;
  /** Told where backends' answers are not as their schemas say. */
  readonly tellDrift?: TellDrift | undefined;
  /** What live streams and answers in several payloads need; `undefined` where there are none. */
  readonly streams: FaceStreams | undefined;
  /** `undefined` where the configuration has none: then no operation asks for one. */
  readonly policies: OperationPolicies | undefined;
  /** What its flows run on; `undefined` where it has none. */
  readonly flows: FlowEngine | undefined;
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
