import { test } from 'node:test';
import { keepsToItsKey } from '../testing/lua-part.ts';
import { slidingWindowLua } from './sliding-window.lua.ts';

// What it decides is held equal to the arithmetic in limit-script.test.ts, on a real Redis.

test('it asks for no clock of its own, and touches only the key it is given', () =>
  keepsToItsKey(slidingWindowLua));
