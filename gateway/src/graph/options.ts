/** What a federated graph is made of, and what it may call. */
import type { Clock, Random } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import type { GraphConfig } from './config.ts';
import type { FieldPolicies } from './document/authorization.ts';
import type { UpstreamOf } from './execute/fetch.ts';
import type { AutomaticDocuments } from './persisted/automatic.ts';
import type { RegisteredDocument } from './persisted/manifest.ts';
import type { PlannerDoors } from './plan/choose-planner.ts';

export interface GraphOptions {
  readonly config: GraphConfig;
  readonly supergraphSdl: string;
  readonly callUpstream: CallUpstream;
  readonly upstreamOf: UpstreamOf;
  readonly clock: Clock;
  /** Draws for overrides of a percentage. Default: `Math.random`. */
  readonly random?: Random | undefined;
  readonly meter: Meter;
  readonly logger: Logger;
  /** What answers `@policy`, beside `authorization.policies`. Default: nothing. */
  readonly policies?: FieldPolicies | undefined;
  /** Documents of the manifests. Default: none. */
  readonly registered?: readonly RegisteredDocument[] | undefined;
  /** Where automatic persisted queries are kept. Default: nowhere. */
  readonly automatic?: AutomaticDocuments | undefined;
  /** How planners are started. Default: each in a process or a thread of its own. */
  readonly planners?: PlannerDoors | undefined;
}
