/** `GET {mount}/openapi.json`: the OpenAPI document of a BFF, made when it is first asked for. */
import type { Handler } from '../../../core/exchange.ts';
import { HeaderFields } from '../../../core/headers.ts';
import { textReply } from '../answer-reply.ts';
import type { FaceParts } from '../face-parts.ts';
import type { BffRoute } from '../routes.ts';
import { bffOpenapi, type OpenapiSecurity } from './bff-openapi.ts';
import { OPENAPI_PATH } from './openapi-config.ts';

const DEADLINE_MS = 1000;
const POLICY = { cacheControl: 'private, no-cache' } as const;

export function openapiRoute(
  { bff, schema }: Pick<FaceParts, 'bff' | 'schema'>,
  mount: string,
  security: OpenapiSecurity | undefined,
): BffRoute & { readonly handler: Handler } {
  let text: string | undefined;
  return {
    path: mount + OPENAPI_PATH,
    methods: ['GET', 'HEAD'],
    scopes: [],
    policies: [],
    deadlineMs: DEADLINE_MS,
    priority: undefined,
    operation: undefined,
    handler: async (exchange) => {
      text ??= JSON.stringify(bffOpenapi(bff, schema, { mount, security }));
      const fields = new HeaderFields(['content-type', 'application/json; charset=utf-8']);
      return textReply(exchange, text, fields, POLICY);
    },
  };
}
