/** Consumers and plans that a test adds to the demo's configuration. */
import { createHash } from 'node:crypto';
import { type RawConfig, section } from './config.ts';

export interface AddedConsumer {
  readonly id: string;
  readonly plan: string;
  readonly key: string;
}

/** Adds a plan as YAML would state it. */
export function addPlan(config: RawConfig, name: string, plan: RawConfig): void {
  config.plans = { ...section(config, 'plans'), [name]: plan };
}

/** Adds a consumer with one API key, which the configuration knows by its SHA-256 alone. */
export function addConsumer(config: RawConfig, { id, plan, key }: AddedConsumer): void {
  const consumers: readonly unknown[] = Array.isArray(config.consumers) ? config.consumers : [];
  const sha256 = createHash('sha256').update(key).digest('hex');
  config.consumers = [...consumers, { id, plan, apiKeys: [{ id: 'test', sha256 }] }];
}
