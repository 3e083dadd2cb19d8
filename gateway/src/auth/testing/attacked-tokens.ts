/** One issuer of tokens under attack: what it signs, and whether that is let in or refused as every bad token is. */
import assert from 'node:assert/strict';
import { FrontdeskError } from '../../core/errors.ts';
import { type AcceptedTokens, acceptTokens, type PublishedKeys } from './accepted-tokens.ts';
import { jwksOf, makeKey } from './issuer.ts';

export const ISSUER = 'https://issuer.example';
export const rsa = makeKey('rsa-1');
export const ec = makeKey('ec-1', 'ES256');
/** A key that the issuer does not know, under the name of one that it does. */
export const stranger = makeKey('rsa-1');

export interface AttackedTokens extends AcceptedTokens {
  readonly keys: PublishedKeys;
  /** Sound ones, on the fixture's clock, but for what a test says otherwise. */
  claims(more?: Record<string, unknown>): Record<string, unknown>;
  accepted(token: string): Promise<void>;
  /** With the one answer that every bad token gets, and `why` in the log alone. */
  refused(token: string, why?: RegExp): Promise<void>;
}

export function attack(overrides: Record<string, unknown> = {}): AttackedTokens {
  return attackedOn(
    acceptTokens({
      issuers: [{ issuer: ISSUER, audience: 'frontdesk', ...overrides }],
      documents: [jwksOf(rsa, ec)],
    }),
  );
}

export function attackedOn(accepting: AcceptedTokens): AttackedTokens {
  const { clock, present, published } = accepting;
  const [keys] = published.values();
  assert.ok(keys);
  return {
    ...accepting,
    keys,
    claims: (more = {}) => {
      const now = Math.floor(clock.wall() / 1000);
      return { iss: ISSUER, aud: 'frontdesk', sub: 'u1', iat: now, exp: now + 300, ...more };
    },
    accepted: async (token) => assert.equal((await present(token))?.subject, 'u1'),
    refused: async (token, why) => {
      const error = await present(token).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof FrontdeskError, `accepted: ${token.slice(0, 60)}`);
      assert.equal(error.code, 'invalid_credentials');
      assert.equal(error.message, 'The credentials are not valid');
      if (token.length > 40) assert.ok(!`${error.detail}`.includes(token));
      if (why) assert.match(error.detail ?? '', why);
    },
  };
}
