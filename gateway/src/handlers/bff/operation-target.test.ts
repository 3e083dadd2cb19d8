import assert from 'node:assert/strict';
import { it } from 'node:test';
import { operationTarget } from './operation-target.ts';

it('names one operation', () => {
  const faultOf = (value: object) => operationTarget.safeParse(value).error?.issues[0]?.message;
  assert.equal(faultOf({ bff: 'mobile', flow: 'requestRide' }), undefined);
  assert.equal(faultOf({ bff: 'mobile' }), 'expected exactly one of screen, flow and live');
  assert.equal(
    faultOf({ bff: 'mobile', flow: 'a', live: 'b' }),
    'expected exactly one of screen, flow and live',
  );
  assert.match(faultOf({ bff: 'mobile', screen: '/ride' }) ?? '', /expected the name of its field/);
});
