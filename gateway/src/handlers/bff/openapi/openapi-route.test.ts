import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { HeaderFields } from '../../../core/headers.ts';
import { disposeAll, exchangeOf, mounted, read } from '../mount.fixture.ts';

after(disposeAll);

test('a BFF serves its document where it is to, and 304 to who has it', async () => {
  const { route } = await mounted([], { openapi: { security: undefined } });
  const { handler } = route('/m/openapi.json');
  const { json, headers } = await read(await handler(exchangeOf({}, [])));
  assert.deepEqual(Object.keys(json.paths), ['/home']);
  assert.deepEqual(json.servers, [{ url: '/m' }]);
  const etag = headers.get('etag') ?? assert.fail();
  const again = await handler(exchangeOf({ headers: HeaderFields.of({ 'if-none-match': etag }) }, []));
  assert.equal(again.status, 304);
  const shut = await mounted();
  assert.equal(
    shut.routes.some(({ path }) => path.endsWith('.json')),
    false,
  );
});
