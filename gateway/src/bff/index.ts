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
  type GraphDocument,
  json,
  type QueryValue,
  type ReadOptions,
  type RestBackend,
  type Untyped,
  type WriteOptions,
} from './backend.ts';
export { BackendStatusError, GrpcStatusError } from './backend-failure.ts';
export { type BackendKit, type Bff, type BffDefinition, defineBackends, defineBff } from './definition.ts';
export { openEnum, type Validate } from './drift.ts';
export type { Duration } from './duration-text.ts';
export { type LastGoodFallback, lastGood } from './fallback.ts';
export { type GrpcBackend, type GrpcOptions, grpc } from './grpc-backend.ts';
export type { InputOf, InputSchema } from './input.ts';
export type { Operation, OperationDefinition, OperationKind } from './operation.ts';
export type { Part, PartContext, PartMaker, PartOptions, RawOf, ShapedOf } from './part.ts';
export type { PartCacheOptions } from './part-cache.ts';
export { type Screen, type ScreenDefinition, type ScreenMaker, screen } from './screen.ts';
