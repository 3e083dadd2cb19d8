import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compose, type Step } from './step.ts';

test('steps run in the order of the list, and their answers climb back in reverse', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 12 }), async (count) => {
      const seen: string[] = [];
      const steps = Array.from(
        { length: count },
        (_, i): Step<string, string> =>
          async (input, next) => {
            seen.push(`down ${i}`);
            const answer = await next(`${input}${i}`);
            seen.push(`up ${i}`);
            return answer;
          },
      );
      const order = [...Array(count).keys()];
      assert.equal(await compose(steps, async (input) => `(${input})`)(''), `(${order.join('')})`);
      assert.deepEqual(seen, [...order.map((i) => `down ${i}`), ...order.reverse().map((i) => `up ${i}`)]);
    }),
  );
});

test('a step may run the rest again, and each run starts at its own place', async () => {
  let calls = 0;
  const twice: Step<number, number> = async (input, next) => (await next(input)) + (await next(input));
  const answer = await compose([twice, (input, next) => next(input + 1)], async (input) => {
    calls += 1;
    return input;
  })(1);
  assert.equal(answer, 4);
  assert.equal(calls, 2);
});
