/** `graph.authorization`: what becomes of fields that a caller may not have, and what the policies of a supergraph mean. */
import { z } from 'zod';

const name = z.string().min(1).max(256);

const policyConfig = z
  .strictObject({
    authenticated: z.boolean().default(true).describe('whether it asks for a proved identity at all'),
    scopes: z.array(name).default([]).describe('scopes, all of which the caller must have'),
    roles: z.array(name).default([]).describe('roles, one of which the caller must have'),
    claims: z
      .record(name, z.array(z.union([z.string(), z.number(), z.boolean()])).min(1))
      .default({})
      .describe(
        "claims of the caller's token, each with the values it may have; a list must hold one of them",
      ),
  })
  .describe('A policy: all that it names must hold');

export const authorizationConfig = z
  .strictObject({
    unauthorized: z
      .enum(['null', 'reject'])
      .default('null')
      .describe(
        'null: what the caller may not have is null, with an error; reject: the operation is refused',
      ),
    log: z.boolean().default(false).describe('log the coordinates that an operation was not given'),
    policies: z
      .record(name, policyConfig)
      .default({})
      .describe('What @policy names. A policy that is not here is never satisfied'),
  })
  .prefault({});

export type AuthorizationConfig = z.output<typeof authorizationConfig>;
export type PolicyConfig = z.output<typeof policyConfig>;
