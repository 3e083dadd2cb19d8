import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readUser, run, userOf } from './clients.fixture.ts';
import { restDoors } from './opened-clients.ts';

it('opens the client of a backend only when a part reaches for it', async () => {
  const { asked, run: screenRun } = run({ a: readUser('1') }, userOf);
  await screenRun.all();
  assert.deepEqual(
    asked.map(({ upstream }) => upstream),
    ['users'],
  );
});

it('has a member for each backend, whatever its name', () => {
  const opened: string[] = [];
  const Door = restDoors([{ name: 'users' }, { name: 'constructor' }], ({ name }) => {
    opened.push(name);
    return { name };
  });
  const door = Reflect.construct(Door, [undefined, undefined]);
  assert.deepEqual(opened, []);
  assert.deepEqual(door.users, { name: 'users' });
  assert.deepEqual(door.constructor, { name: 'constructor' });
  assert.equal(Reflect.get(door, 'other'), undefined);
});
