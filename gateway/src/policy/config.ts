/** `policies`: conditions by name, and how a route refers to them. */
import { z } from 'zod';
import { durationMs, fieldName, name } from '../settings/settings.ts';
import { isHopByHop } from '../wire/hop-by-hop.ts';
import { compileExpression, ExpressionError } from './expression.ts';

const MAX_CACHE_MS = 60_000;
const MAX_TIMEOUT_MS = 10_000;

const expressionConfig = z.string().superRefine((source, context) => {
  try {
    compileExpression(source);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
  }
});

/** Of these others have the say: the transport, the credentials of the upstream. */
const NOT_TO_SET = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'host',
  'content-length',
  'expect',
]);

function mayBeSet(field: string): boolean {
  return !NOT_TO_SET.has(field) && !isHopByHop(field);
}

const message = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe('What a caller reads who is refused; by default nothing but the name of the policy');

const sentConfig = z
  .strictObject({
    claims: z.array(z.string().min(1)).default([]).describe("Claims of the caller's token, by name"),
    headers: z
      .array(fieldName)
      .default([])
      .describe('Header fields; none that carries a credential is ever sent'),
    query: z.boolean().default(false).describe('The parameters of the query'),
    address: z.boolean().default(false).describe("The client's address"),
  })
  .prefault({});

export const decisionConfig = z.strictObject({
  upstream: name.describe('A name under upstreams: who is asked'),
  path: z
    .string()
    .regex(
      /^[A-Za-z0-9_-][A-Za-z0-9_.~-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.~-]*)*$/,
      'expected the path of a document, such as shop/orders/allow',
    )
    .describe('The document that answers: POST /v1/data/PATH'),
  input: sentConfig.describe(
    'What is sent of a request beside its identity, method, host, path and parameters',
  ),
  timeout: durationMs
    .refine((ms) => ms > 0 && ms <= MAX_TIMEOUT_MS, 'expected more than 0 and 10s at most')
    .prefault('500ms')
    .describe(
      'Longest time of a decision, retries included; after it nobody can tell, and the answer is 503',
    ),
  cache: durationMs
    .refine((ms) => ms <= MAX_CACHE_MS, 'expected 60s at most')
    .prefault('0s')
    .describe('How long a decision holds for equal inputs; not at all by default'),
  forward: z
    .array(
      fieldName.refine(
        mayBeSet,
        'expected a field that is not about the connection, the body or a credential',
      ),
    )
    .default([])
    .describe(
      'Header fields that a decision may set for the backend; what a client sends under them is taken away',
    ),
});

const policyConfig = z.union([
  z.strictObject({ allow: expressionConfig.describe('CEL: true lets the request pass'), message }),
  z.strictObject({
    opa: decisionConfig.describe('A decision point elsewhere, in the shape of OPA'),
    message,
  }),
]);

export const policiesConfig = z.record(name, policyConfig).default({});

/** On routes, the graph and BFFs. */
export const policyGuards = {
  policies: z
    .array(name)
    .default([])
    .describe('Names under policies, all of which must let the request pass'),
  allow: expressionConfig.optional().describe('A policy of its own: a CEL expression that must be true'),
};

export type PoliciesConfig = z.output<typeof policiesConfig>;
export type DecisionConfig = z.output<typeof decisionConfig>;
