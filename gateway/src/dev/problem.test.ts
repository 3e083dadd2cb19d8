import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemOf, problemOfLine, problemText } from './problem.ts';

test('an error in the text of a module has the place that Node writes above it', () => {
  const error = new SyntaxError("Unexpected token ')'");
  error.stack =
    "file:///app/src/a.ts:3\nconst a = );\n          ^\n\nSyntaxError: Unexpected token ')'\n    at node:x:1:1";
  assert.equal(problemText(problemOf(error, '/app')), "src/a.ts:3:11  SyntaxError: Unexpected token ')'");
});

test('an error that is thrown while a module is loaded has its place', () => {
  const error = new TypeError('screen home has no parts');
  error.stack = 'TypeError: x\n    at file:///app/src/screens/home.ts:7:21';
  assert.equal(problemOf(error, '/app').place, 'src/screens/home.ts:7:21');
});

test('faults of our own checks keep theirs, from the folder', () => {
  const faults = ['/app/frontdesk.yaml:2:5: listen.prot: unknown key', 'Home.offers: nothing fills it'];
  assert.deepEqual(
    faults.map((line) => problemOfLine(line, '/app').place),
    ['frontdesk.yaml:2:5', undefined],
  );
});
