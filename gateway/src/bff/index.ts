/**
 * The public door `@frontdesk/gateway/bff`: what a team's package is made with. It is versioned; whatever is not
 * exported here may change.
 */

export { z } from 'zod';
export { FrontdeskError } from '../core/errors.ts';
export type { Identity } from '../core/identity.ts';
export {
  type Backends,
  type BatchRead,
  document,
  type Endpoint,
  type EventEndpoint,
  events,
  type GraphDocument,
  json,
  type QueryValue,
  type ReadOptions,
  type RestBackend,
  type Untyped,
  type WriteOptions,
} from './backend.ts';
export { BackendStatusError, GrpcStatusError } from './backend-failure.ts';
export { type Contract, contract, type FieldTypes, type SchemaTypes } from './contract.ts';
export {
  type BackendKit,
  type Bff,
  type BffDefinition,
  defineBackends,
  defineBff,
  type OperationKit,
} from './definition.ts';
export { openEnum, type Validate } from './drift.ts';
export type { Duration } from './duration-text.ts';
export type { AnswerContext, Flow, FlowDefinition, FlowMaker, Stage } from './flow/flow.ts';
export { type RefusalOptions, refuse } from './flow/flow-failure.ts';
export type { Step, StepContext, StepMaker, StepOptions, UndoContext } from './flow/flow-step.ts';
export type { GraphqlContext, GraphqlPlugin } from './graphql-plugin.ts';
export { type GrpcBackend, type GrpcOptions, grpc } from './grpc-backend.ts';
export type { InputOf, InputSchema } from './input.ts';
export type { Feed, FeedContext, FeedMaker, FeedOptions, GraphDoor } from './live/feed.ts';
export type { Live, LiveDefinition, LiveMaker } from './live/live.ts';
export type { Operation, OperationDefinition, OperationExample, OperationKind } from './operation.ts';
export { type LastGoodFallback, lastGood } from './screen/fallback.ts';
export type { Part, PartContext, PartMaker, PartOptions, RawOf, ShapedOf } from './screen/part.ts';
export type { PartCacheOptions } from './screen/part-cache.ts';
export { type Screen, type ScreenDefinition, type ScreenMaker, screen } from './screen/screen.ts';
