import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { FrontdeskError } from '../../core/errors.ts';
import { listOf, part, readUser, run, userOf } from './clients.fixture.ts';

describe('the reads of one request', () => {
  it('asks once for what two parts read alike', async () => {
    const read = () => part(({ rest }) => rest.users.get('/plain/7'));
    const { asked, run: screenRun } = run({ a: read(), b: read() }, userOf);
    const { values } = await screenRun.all();
    assert.deepEqual(values, { a: { id: '7' }, b: { id: '7' } });
    assert.equal(asked.length, 1);
  });

  it('does not share writes, nor reads with other header fields', async () => {
    const write = () => part(({ rest }) => rest.users.post('/users', { body: { name: 'Ada' } }));
    const read = (language: string) =>
      part(({ rest }) => rest.users.get('/plain/7', { headers: { 'accept-language': language } }));
    const { asked, run: screenRun } = run({ a: write(), b: write(), c: read('de'), d: read('en') }, userOf);
    await screenRun.all();
    assert.equal(asked.length, 4);
  });

  it('reads a list where several are asked for in one turn, each part getting its own', async () => {
    const parts = { a: readUser('1'), b: readUser('2'), again: readUser('1'), missing: readUser('3') };
    const { asked, run: screenRun } = run(parts, listOf);
    const { values, incomplete } = await screenRun.all();
    assert.deepEqual(values, { a: { id: '1' }, b: { id: '2' }, again: { id: '1' }, missing: null });
    assert.deepEqual(incomplete, ['missing']);
    assert.deepEqual(
      asked.map(({ path, label }) => [path, label]),
      [['/users?ids=1,2,3', 'a,b,missing']],
    );
  });

  it('reads one alone, and an id with a comma alone', async () => {
    const one = run({ a: readUser('1') }, userOf);
    await one.run.all();
    assert.equal(one.asked[0]?.path, '/users/1');
    const comma = run({ a: readUser('1,2'), b: readUser('3') }, () => ({ id: 'x' }));
    await comma.run.all();
    assert.deepEqual(comma.asked.map(({ path }) => path).sort(), ['/users/1%2C2', '/users/3']);
  });

  it("keeps a shared read for the others when one part's timeout passes, and ends it with the last", async () => {
    const read = (timeout: '10ms' | '50ms') => part(({ rest }) => rest.users.get('/plain/7'), { timeout });
    const {
      clock,
      asked,
      run: screenRun,
    } = run({ short: read('10ms'), long: read('50ms') }, () => new Promise(() => {}));
    const answer = screenRun.all();
    await turn();
    clock.advance(10);
    assert.equal(asked[0]?.context.cancellation.cancelled, false);
    clock.advance(40);
    assert.equal(asked[0]?.context.cancellation.cancelled, true);
    assert.deepEqual((await answer).incomplete, ['short', 'long']);
  });

  it("asks again where another part's attempt timed out", async () => {
    const read = (timeout: '10ms' | '50ms') => part(({ rest }) => rest.users.get('/plain/7'), { timeout });
    let calls = 0;
    const { asked, run: screenRun } = run({ short: read('10ms'), long: read('50ms') }, (request) => {
      calls += 1;
      return calls === 1 ? Promise.reject(new FrontdeskError('upstream_timeout')) : userOf(request);
    });
    const { values } = await screenRun.all();
    assert.deepEqual(values, { short: null, long: { id: '7' } });
    assert.deepEqual(
      asked.map(({ timeoutMs }) => timeoutMs),
      [5, 45],
    );
  });

  it('forgets a read that failed', async () => {
    let calls = 0;
    const twice = part(async ({ rest }) => {
      try {
        return await rest.users.get('/plain/7');
      } catch {
        return rest.users.get('/plain/7');
      }
    });
    const { run: screenRun } = run({ twice }, (request) => {
      calls += 1;
      return calls === 1 ? Promise.reject(new FrontdeskError('upstream_reset')) : userOf(request);
    });
    assert.deepEqual((await screenRun.all()).values, { twice: { id: '7' } });
  });
});
