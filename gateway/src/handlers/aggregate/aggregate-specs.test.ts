/** The files of `specs`: a configuration, a request, what backends answer, and the answer that is made of it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import { emptyBody, WholeBody } from '../../core/body.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { Answer, aggregateOn, withParams } from './aggregate.fixture.ts';

const fields = z.record(z.string(), z.string()).default({});
const specification = z.strictObject({
  says: z.string(),
  aggregate: z.record(z.string(), z.unknown()),
  request: z.strictObject({
    method: z.string().default('GET'),
    params: fields,
    query: z.string().default(''),
    headers: fields,
    body: z.unknown().optional(),
  }),
  /** By method and address. Each must be asked, once, and nothing else. */
  backends: z.record(
    z.string(),
    z.strictObject({
      status: z.int().default(200),
      headers: fields,
      body: z.unknown().optional(),
      text: z.string().optional(),
      error: z.enum(['circuit_open', 'upstream_timeout']).optional(),
    }),
  ),
  answer: z.union([
    z.strictObject({ status: z.literal(200), headers: fields, body: z.unknown().optional() }),
    z.strictObject({ status: z.int(), error: z.string(), members: z.record(z.string(), z.unknown()) }),
  ]),
});

const folder = new URL('specs/', import.meta.url);

for (const file of readdirSync(folder)) {
  const spec = specification.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
  test(`${file}: ${spec.says}`, async () => {
    const { backends, request, answer } = spec;
    const { json, calls } = aggregateOn(spec.aggregate, ({ upstream, method, path }) => {
      const backend = backends[`${upstream} ${method} ${path}`];
      if (!backend) return new FrontdeskError('internal', { detail: `nobody answers ${upstream} ${path}` });
      if (backend.error) return new FrontdeskError(backend.error);
      const body = backend.body === undefined ? '' : JSON.stringify(backend.body);
      return new Answer(backend.status, backend.headers, backend.text ?? body);
    });
    const { method, params, query, body } = request;
    const asked = json({
      ...withParams(params),
      method,
      query,
      headers: HeaderFields.of(request.headers),
      body: body === undefined ? emptyBody : new WholeBody(JSON.stringify(body)),
    });
    if ('error' in answer) {
      const error = toFrontdeskError(await asked.catch((thrown: unknown) => thrown));
      assert.deepEqual(
        [error.status, error.code, error.members],
        [answer.status, answer.error, answer.members],
      );
    } else {
      const { headers, json: value } = await asked;
      assert.equal(JSON.stringify(value), JSON.stringify(answer.body));
      for (const name of ['frontdesk-incomplete', 'cache-control', 'vary']) {
        assert.equal(headers.get(name), answer.headers[name], name);
      }
    }
    assert.deepEqual(calls().sort(), Object.keys(backends).sort());
  });
}
