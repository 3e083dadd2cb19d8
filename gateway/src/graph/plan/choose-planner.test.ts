import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { companySupergraph } from '../testing/company.fixture.ts';
import { choosePlanner, type PlannerSettings, withFallback } from './choose-planner.ts';
import { PLAIN, type PlanNode, type Planner } from './plan.ts';

const NODE: PlanNode = { kind: 'parallel', nodes: [] };

/** Answers by what is in the document; remembers what it was asked. */
function planner(name: string): { planner: Planner; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    planner: {
      async plan(document) {
        asked.push(document);
        if (document.includes(`no ${name}`))
          throw new FrontdeskError('invalid_query', { detail: `not ${name}` });
        if (document.includes(`broken ${name}`)) throw new FrontdeskError('overloaded');
        return NODE;
      },
      close() {},
    },
  };
}

test('what the first planner has no plan for goes to the second, and from then on at once', async () => {
  const first = planner('first');
  const second = planner('second');
  const reasons: string[] = [];
  const both = withFallback(first.planner, second.planner, (reason) => reasons.push(reason));
  await both.plan('easy', undefined);
  assert.deepEqual(second.asked, []);
  for (let i = 0; i < 3; i++) assert.equal(await both.plan('no first', undefined), NODE);
  assert.deepEqual(first.asked, ['easy', 'no first']);
  assert.equal(second.asked.length, 3);
  assert.deepEqual(reasons, ['not first']);
  await both.plan('no first', undefined, { ...PLAIN, overrides: ['beta'] });
  assert.equal(first.asked.length, 3);
});

test('what neither can plan is an invalid query; what is of the moment goes to nobody else', async () => {
  const first = planner('first');
  const second = planner('second');
  const both = withFallback(first.planner, second.planner, undefined);
  await assert.rejects(both.plan('no first, no second', undefined), { detail: 'not second' });
  await assert.rejects(both.plan('broken first', undefined), { code: 'overloaded' });
  assert.equal(second.asked.length, 1);
});

const settings: PlannerSettings = {
  choice: 'auto',
  clock: new ManualClock(),
  budgetMs: 50,
  apolloBudgetMs: 50,
};

test('the schema that clients see is the same, whoever plans', async () => {
  const sdl = await companySupergraph();
  const document = parse(sdl);
  const names = async (choice: PlannerSettings['choice']): Promise<string[]> => {
    const chosen = await choosePlanner(sdl, document, { ...settings, choice });
    const fields = parse(chosen.consumerSdl).definitions.flatMap((definition) =>
      'fields' in definition && definition.name && !definition.name.value.startsWith('__')
        ? (definition.fields ?? []).map((field) => `${definition.name?.value}.${field.name.value}`)
        : [],
    );
    chosen.close();
    return fields.filter((field) => !field.includes('.__')).sort();
  };
  assert.deepEqual(await names('apollo'), await names('hive'));
});

test("a time-out of Hive's planner is a plan of Apollo's", async () => {
  const sdl = await companySupergraph();
  const clock = new ManualClock();
  const reasons: string[] = [];
  const chosen = await choosePlanner(sdl, parse(sdl), {
    ...settings,
    clock,
    onFallback: (reason) => reasons.push(reason),
  });
  const planned = chosen.plan('{ me { id } }', undefined);
  await new Promise<void>((resolve) => setImmediate(resolve));
  // Hive's budget is over before its process can answer; Apollo's begins when its thread stands.
  clock.advance(50);
  assert.equal((await planned)?.kind, 'fetch');
  assert.equal(reasons.length, 1);
  chosen.close();
});

test('only a planner that defers says so', async () => {
  const sdl = await companySupergraph();
  const hive = await choosePlanner(sdl, parse(sdl), { ...settings, choice: 'hive' });
  assert.notEqual(hive.defers, true);
  hive.close();
  const auto = await choosePlanner(sdl, parse(sdl), settings);
  assert.equal(auto.defers, true);
  const plan = await auto.plan('{ me { id ... @defer(label: "d0") { reviews { id } } } }', undefined, {
    ...PLAIN,
    deferred: true,
  });
  assert.equal(plan?.kind, 'defer');
  auto.close();
});
