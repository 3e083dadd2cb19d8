import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import type { Attempt } from './attempt.ts';
import type { Change } from './change.ts';
import { ConfigReader } from './config-reader.ts';
import { readHanded } from './handed.ts';
import { LastGood } from './last-good.ts';
import { Overtaken, Reloads } from './reloads.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-reloads-'));
after(() => rmSync(folder, { recursive: true }));

function configOf(read: Config | undefined): Config {
  if (!read) throw new Error('there is a file');
  return read;
}

/** A file with a secret, its reader and what takes over; `next` waits for the next attempt that did something. */
function setUp(name: string) {
  const file = join(folder, `${name}.yaml`);
  const secret = join(folder, `${name}.token`);
  const kept = new LastGood(join(folder, `${name}.kept`));
  const write = (zone: string, more = ''): void =>
    writeFileSync(
      file,
      `zone: ${zone}\nreload: { settle: 10ms }\nadmin: { token: "file:${secret}" }\n${more}`,
    );
  writeFileSync(secret, 'the-first-admin-token');
  write('a');
  const applied: Change[] = [];
  const attempts: Attempt[] = [];
  let wake = (): void => {};
  const make = () =>
    new Reloads({
      reader: new ConfigReader({ file, environment: {}, shape: configOf }),
      clock: systemClock,
      lastGood: kept,
    });
  const follow = (reloads: Reloads): void =>
    reloads.follow({
      logger: noLogger,
      meter: noMeter,
      target: {
        apply: async (change) => {
          if (change.config.zone === 'impossible') throw new Error('no such zone');
          applied.push(change);
        },
        versions: () => [],
      },
      told: (attempt) => {
        attempts.push(attempt);
        wake();
      },
    });
  let seen = 0;
  const next = async (): Promise<Attempt> => {
    const hold = setInterval(() => {}, 1_000);
    while (attempts.length <= seen)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    clearInterval(hold);
    const attempt = attempts[seen];
    seen += 1;
    assert.ok(attempt);
    return attempt;
  };
  const bundle = (zone: string) => ({
    file,
    texts: { [file]: `zone: ${zone}\nreload: { settle: 10ms }\nadmin: { token: "file:${secret}" }\n` },
  });
  return { file, secret, kept, write, applied, make, follow, next, bundle };
}

test('a change of a file, and of a secret that it names, is taken over; a faulty one is told and changes nothing', async () => {
  const { secret, write, applied, make, follow, next } = setUp('files');
  const reloads = make();
  assert.equal(reloads.start().ok, true);
  follow(reloads);
  write('b');
  const changed = await next();
  assert.deepEqual([changed.outcome, changed.source, changed.version.number], ['applied', 'file', 2]);
  assert.deepEqual(
    changed.changes.map(({ section }) => section),
    ['zone'],
  );
  write('c', 'nonsense: 1\n');
  const refused = await next();
  assert.equal(refused.outcome, 'refused');
  assert.match(refused.reasons[0] ?? '', /files\.yaml:4:1: nonsense: unknown key/);
  write('impossible');
  assert.deepEqual((await next()).reasons, ['no such zone']);
  assert.equal(reloads.config.zone, 'b');
  write('b');
  assert.equal((await next()).outcome, 'unchanged');
  writeFileSync(secret, 'another-admin-token');
  const rotated = await next();
  assert.equal(rotated.outcome, 'applied');
  assert.ok(!JSON.stringify(rotated.changes).includes('token-'));
  assert.equal(applied.at(-1)?.config.admin?.token, 'another-admin-token');
  assert.deepEqual(
    reloads.history.map(({ outcome }) => outcome),
    ['applied', 'unchanged', 'refused', 'refused', 'applied'],
  );
  reloads.close();
});

test('what an operator sends is in force until the files change, through changes of its secrets; a signal reads the files', async () => {
  const { secret, write, applied, make, follow, next, bundle } = setUp('sent');
  const reloads = make();
  reloads.start();
  follow(reloads);
  const before = reloads.version.digest;
  const tried = await reloads.put(bundle('sent'), { isTrial: true });
  assert.deepEqual([tried.outcome, applied.length], ['tried', 0]);
  assert.equal((await reloads.put(bundle('sent'), { expected: [before] })).outcome, 'applied');
  await assert.rejects(reloads.put(bundle('late'), { expected: [before] }), Overtaken);
  assert.equal((await next()).source, 'admin');
  writeFileSync(secret, 'another-admin-token');
  assert.equal((await next()).outcome, 'applied');
  assert.deepEqual([reloads.config.zone, reloads.config.admin?.token], ['sent', 'another-admin-token']);
  write('file');
  await next();
  assert.equal(reloads.config.zone, 'file');
  await reloads.put(bundle('sent'));
  assert.equal((await reloads.signal()).outcome, 'applied');
  assert.equal(reloads.config.zone, 'file');
  reloads.close();
});

test('signals that come while one is waited on are one attempt, and each attempt ends before the next begins', async () => {
  const { applied, make, follow, bundle } = setUp('turns');
  const reloads = make();
  reloads.start();
  follow(reloads);
  const put = reloads.put(bundle('z'));
  const [one, two] = [reloads.signal(), reloads.signal()];
  assert.equal(one, two);
  await Promise.all([put, one]);
  assert.deepEqual(
    applied.map(({ config, version }) => [config.zone, version.number]),
    [
      ['z', 2],
      ['a', 3],
    ],
  );
  reloads.close();
});

test('what was good last stands in for a source that is gone, not for one that is faulty unless it says so, until it is back', async () => {
  const { file, kept, write, make, follow, next } = setUp('gone');
  const first = make();
  first.start();
  follow(first);
  first.close();
  rmSync(file);
  const second = make();
  const begun = second.start();
  assert.ok(begun.ok);
  assert.deepEqual(
    [begun.version.source, begun.standsInBecause],
    ['last-good', 'its source is gone: there is no such file'],
  );
  follow(second);
  write('back');
  assert.equal((await next()).outcome, 'applied');
  assert.equal(second.standsInBecause, undefined);
  second.close();

  write('b', 'nonsense: 1\n');
  assert.equal(make().start().ok, false);
  const { version, bundle } = kept.read() ?? assert.fail();
  const texts = { [file]: 'zone: old\nreload: { lastGoodWhenFaulty: true }\n' };
  const { bundleDigest } = await import('../config/bundle.ts');
  kept.keep({
    version: { ...version, digest: bundleDigest({ ...bundle, texts }) },
    bundle: { ...bundle, texts },
  });
  const third = make().start();
  assert.ok(third.ok && third.config.zone === 'old');
  assert.match(third.standsInBecause ?? '', /its source is faulty: .*nonsense/);
});

test('a process that takes the place of another goes on with what was in force, unless its files say something else by now', async () => {
  const { file, write, applied, make, follow, next, bundle } = setUp('handed');
  const old = make();
  old.start();
  follow(old);
  write('faulty', 'nonsense: 1\n');
  assert.equal((await next()).outcome, 'refused');
  const passedOn = () => readHanded(JSON.parse(JSON.stringify(old.handed())));
  const refused = make();
  assert.ok(refused.start(passedOn()).ok, 'what was refused stays refused');
  assert.deepEqual([refused.config.zone, refused.version], ['a', old.version]);

  await old.put(bundle('sent'));
  await next();
  old.close();
  const successor = make();
  assert.ok(successor.start(passedOn()).ok);
  assert.deepEqual([successor.config.zone, successor.version], ['sent', old.version]);
  follow(successor);
  assert.equal(applied.length, 1);
  write('later');
  assert.equal((await next()).outcome, 'applied');
  assert.deepEqual([successor.config.zone, successor.version.number], ['later', 3]);
  successor.close();

  const handed = readHanded(JSON.parse(JSON.stringify(successor.handed())));
  write('meanwhile');
  const another = make();
  assert.ok(another.start(handed).ok);
  assert.deepEqual(
    [another.config.zone, another.version.number, another.version.source],
    ['meanwhile', 4, 'start'],
  );
  rmSync(file);
});
