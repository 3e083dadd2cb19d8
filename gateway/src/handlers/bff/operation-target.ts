/** `to: { bff, flow }`: a route that leads to one operation of a BFF, under guards of its own. */
import { z } from 'zod';
import type { OperationKind } from '../../bff/operation.ts';

export const TARGET_KINDS = ['screen', 'flow', 'live'] as const satisfies readonly OperationKind[];

const field = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of its field, such as requestRide');

export const operationTarget = z
  .strictObject({
    bff: z.string().min(1).describe('A BFF that runs inside: its package or its name, as bffs has it'),
    screen: field.optional().describe('Its screen with this field of Query'),
    flow: field.optional().describe('Its flow with this field of Mutation'),
    live: field.optional().describe('Its live stream with this field of Subscription'),
  })
  .refine((to) => TARGET_KINDS.filter((kind) => to[kind] !== undefined).length === 1, {
    message: 'expected exactly one of screen, flow and live',
  });

export type OperationTarget = z.output<typeof operationTarget>;
