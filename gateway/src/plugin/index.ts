/**
 * The public door `@frontdesk/gateway/plugin`: what a team's own step is made with. It is versioned; whatever is not
 * exported here may change.
 */

export { z } from 'zod';
export { DOOR_STEPS, OUTBOUND_STEPS, type Place, ROUTE_STEPS } from '../core/placed-steps.ts';
export {
  definePlugin,
  type MiddlewareAnchor,
  type MiddlewareDefinition,
  type Plugin,
  type PluginCall,
  type PluginContext,
  type PluginFields,
  type PluginIdentity,
  type PluginMiddleware,
  type PluginNext,
  type PluginPolicy,
  type PluginReply,
  type PluginRequest,
  type PolicyAnchor,
  type PolicyDefinition,
} from './definition.ts';
export { type Sent, type TestedPlugin, type TestMessage, type TestOptions, testPlugin } from './testing.ts';
