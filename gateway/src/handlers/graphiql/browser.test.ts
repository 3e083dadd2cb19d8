/** The page's own scripts: checked by the compiler as browsers' code, and what they compute tried in Node. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

const FOLDER = join(import.meta.dirname, 'browser');
const load = (name: string) => import(pathToFileURL(join(FOLDER, name)).href);

test('the types that their comments state hold', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.js'));
  const program = ts.createProgram(
    files.map((name) => join(FOLDER, name)),
    {
      allowJs: true,
      checkJs: true,
      noEmit: true,
      strict: true,
      noUncheckedIndexedAccess: true,
      types: [],
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    },
  );
  const faults = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
    return `${file?.fileName.slice(FOLDER.length + 1)}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
  assert.deepEqual(faults, []);
});

test('events are read however the bytes are cut', async () => {
  const { eventReader } = await load('event-stream.js');
  const text =
    ':\n\nevent: next\ndata: {"a":1}\n\nevent: next\r\ndata: x\r\ndata: y\r\n\r\nevent: complete\ndata: \n\n';
  const whole = eventReader()(text);
  assert.deepEqual(whole, [
    { event: 'next', data: '{"a":1}' },
    { event: 'next', data: 'x\ny' },
    { event: 'complete', data: '' },
  ]);
  const read = eventReader();
  assert.deepEqual(
    [...text].flatMap((piece) => read(piece)),
    whole,
  );
});

test('what was told is taken out of the answer, and the rest stays', async () => {
  const { takeTold, Accounts } = await load('account.js');
  const cost = { estimated: 3, limit: null };
  assert.deepEqual(takeTold({ data: 1, extensions: { cost, frontdesk: { plan: 7, timeline: 8 }, own: 9 } }), {
    result: { data: 1, extensions: { own: 9 } },
    told: { cost, plan: 7, timeline: 8 },
  });
  assert.deepEqual(takeTold({ data: 1, extensions: { cost } }).result, { data: 1 });
  const accounts = new Accounts();
  accounts.show('a', ['a', 'b']);
  const late = accounts.begin();
  accounts.begin().add({ status: 200 });
  late.add({ status: 500 });
  assert.equal(accounts.current().status, 200);
  accounts.show('b', ['a', 'b']);
  assert.equal(accounts.current(), undefined);
});

test('bars stand where the times say, each subgraph in its colour', async () => {
  const { waterfall, ticks, formatMs, formatBytes } = await load('measures.js');
  const call = { label: null, attempt: 1, status: 200, outcome: 'ok', bytes: 10, shared: false };
  const rows = waterfall({
    totalMs: 100,
    phases: [
      { name: 'plan', startMs: 0, endMs: 10 },
      { name: 'execute', startMs: 10, endMs: 100 },
    ],
    calls: [
      {
        ...call,
        subgraph: 'b',
        startMs: 60,
        headMs: 80,
        endMs: 90,
        attempt: 2,
        shared: true,
        outcome: 'shared',
      },
      {
        ...call,
        subgraph: 'a',
        startMs: 10,
        headMs: null,
        endMs: null,
        status: null,
        outcome: 'upstream_timeout',
      },
    ],
  });
  const shown = rows.map((row: Record<string, unknown>) => [
    row.name,
    row.left,
    row.wait,
    row.receive,
    row.hue,
    row.status,
    row.notes,
    row.isFailed,
  ]);
  assert.deepEqual(shown, [
    ['plan', 0, 10, 0, 0, '', '', false],
    ['a', 10, 90, 0, 0, 'upstream timeout', '', true],
    ['b', 60, 20, 10, 1, '200', 'attempt 2, shared', false],
  ]);
  assert.deepEqual(
    ticks(40).map(({ ms }: { ms: number }) => ms),
    [0, 10, 20, 30, 40],
  );
  for (const total of [0.01, 0.37, 1, 7.3, 241, 99_999]) assert.ok(ticks(total).length <= 6);
  assert.deepEqual([0.04, 12.34, 241.2, 12_000].map(formatMs), ['0.04 ms', '12.3 ms', '241 ms', '12.0 s']);
  assert.deepEqual([71, 2_048, 3_145_728, undefined].map(formatBytes), ['71 B', '2.0 KiB', '3.0 MiB', '']);
});

test('documents of plans get a line for each field', async () => {
  const { indentDocument } = await load('indent.js');
  const text =
    'query($r:[_Any!]!,$n:Int=2){_entities(representations:$r){...on User{a:orders(first:$n,by:{k:"x {y}"}){id}name@skip(if:$s)}}}';
  assert.equal(
    indentDocument(text),
    `query($r: [_Any!]!, $n: Int = 2) {
  _entities(representations: $r) {
    ...on User {
      a: orders(first: $n, by: { k: "x {y}" }) {
        id
      }
      name @skip(if: $s)
    }
  }
}`,
  );
});

test('header fields are written to no storage', async () => {
  const { withoutHeaders } = await load('memory.js');
  const kept = new Map<string, string>();
  const storage = withoutHeaders({ setItem: (name: string, value: string) => kept.set(name, value) });
  storage.setItem('graphiql:headers', '{"authorization":"secret"}');
  storage.setItem(
    'graphiql:queries',
    '{"queries":[{"query":"{a}","headers":"{\\"authorization\\":\\"secret\\"}"}]}',
  );
  storage.setItem('graphiql:theme', 'dark');
  assert.deepEqual(
    [...kept],
    [
      ['graphiql:queries', '{"queries":[{"query":"{a}"}]}'],
      ['graphiql:theme', 'dark'],
    ],
  );
});
