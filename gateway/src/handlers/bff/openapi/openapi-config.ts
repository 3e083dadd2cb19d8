/** `bffs[].openapi`: whether a BFF tells clients of itself. */
import { z } from 'zod';

/** Where it is served, below the mount. */
export const OPENAPI_PATH = '/openapi.json';

export const bffOpenapiConfig = z
  .strictObject({
    serve: z
      .boolean()
      .default(false)
      .describe('Serve the OpenAPI document at {mount}/openapi.json, to whoever may use the BFF'),
    public: z.boolean().default(false).describe('Serve it to everybody, without asking who they are'),
  })
  .prefault({});
