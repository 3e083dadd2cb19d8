/**
 * Signed tokens, good and bad, for any algorithm of ours: the groups of Project Wycheproof's vectors for JSON Web
 * Signatures (valid, modified, missing parts, confused algorithms, embedded keys, wrong primitives, modified padding,
 * special values of ECDSA, base64), made anew with keys and claims of our own, since theirs sign payloads that are no claims.
 */
import {
  constants,
  createHash,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  sign,
} from 'node:crypto';
import { base64url } from './issuer.ts';

export interface SignatureCase {
  readonly name: string;
  readonly token: string;
  readonly isValid: boolean;
}

export interface AlgorithmKey {
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const HASHES: Readonly<Record<string, string>> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' };
const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
/** The order of P-256. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const hashOf = (alg: string): string => HASHES[alg.slice(2)] ?? 'sha256';

let rsa: { privateKey: KeyObject; publicKey: KeyObject } | undefined;

export function keyFor(alg: string): AlgorithmKey {
  const namedCurve = CURVES[alg];
  if (namedCurve !== undefined) return { alg, ...generateKeyPairSync('ec', { namedCurve }) };
  if (alg.startsWith('Ed')) return { alg, ...generateKeyPairSync('ed25519') };
  rsa ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { alg, ...rsa };
}

export function publicJwk({ alg, publicKey }: AlgorithmKey, more: object = {}): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg, ...more };
}

/** Signs as an algorithm says, with PSS salts of another length where one is given. */
export function signed(key: AlgorithmKey, alg: string, input: string, saltLength?: number): Buffer {
  const data = Buffer.from(input);
  const { privateKey } = key;
  if (alg.startsWith('Ed')) return sign(null, data, privateKey);
  if (alg.startsWith('ES')) return sign(hashOf(alg), data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  if (alg.startsWith('RS')) return sign(hashOf(alg), data, privateKey);
  return sign(hashOf(alg), data, {
    key: privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: saltLength ?? constants.RSA_PSS_SALTLEN_DIGEST,
  });
}

/** Every case for a key, over these claims. `other` is a key of another holder. */
export function signatureCases(key: AlgorithmKey, other: AlgorithmKey, claims: object): SignatureCase[] {
  const { alg } = key;
  const cases: SignatureCase[] = [];
  const add = (name: string, token: string, isValid = false) => void cases.push({ name, token, isValid });
  const head = (more: object = {}) => base64url({ alg, kid: 'k1', typ: 'at+jwt', ...more });
  const payload = base64url(claims);
  const tokenOf = (header: string, body: string, signature: Uint8Array | string) =>
    `${header}.${body}.${typeof signature === 'string' ? signature : Buffer.from(signature).toString('base64url')}`;
  const input = `${head()}.${payload}`;
  const good = signed(key, alg, input);
  const text = good.toString('base64url');
  const whole = tokenOf(head(), payload, good);

  add('valid', whole, true);
  const spaced = base64url(`{ "alg" : "${alg}",\n\t"kid" : "k1", "typ" : "at+jwt" }`);
  add(
    'valid, white space in the header',
    tokenOf(spaced, payload, signed(key, alg, `${spaced}.${payload}`)),
    true,
  );

  const flipped = Buffer.from(good);
  flipped[0] = (flipped[0] ?? 0) ^ 1;
  add('modified signature', tokenOf(head(), payload, flipped));
  add('missing signature', `${head()}.${payload}.`);
  add('missing signature and separator', `${head()}.${payload}`);
  add('modified payload', tokenOf(head(), base64url({ ...claims, sub: 'admin' }), good));
  add('missing payload', `${head()}..${text}`);
  add('missing payload and separator', `${head()}.${text}`);
  add('modified header', tokenOf(head({ kid: 'k2' }), payload, good));
  add('missing header', `.${payload}.${text}`);
  add('missing header and separator', `${payload}.${text}`);
  add('missing header and signature', `.${payload}.`);
  add('the payload alone', payload);
  add('an empty component more', `${whole}.`);
  add('a component more', `${whole}.foo`);
  add('algorithm none', `${head({ alg: 'none' })}.${payload}.`);
  add('algorithm none, signature left', tokenOf(head({ alg: 'none' }), payload, good));
  const json = { payload, signatures: [{ protected: head(), header: { x: 1 }, signature: text }] };
  add('JSON serialization', JSON.stringify(json));
  add('another holder’s key', tokenOf(head(), payload, signed(other, alg, input)));

  const pem = key.publicKey.export({ type: 'spki', format: 'pem' });
  const der = key.publicKey.export({ type: 'spki', format: 'der' });
  for (const [hmac, hash] of [
    ['HS256', 'sha256'],
    ['HS384', 'sha384'],
    ['HS512', 'sha512'],
  ] as const) {
    const confused = `${head({ alg: hmac })}.${payload}`;
    for (const secret of [pem, der]) {
      add(
        `${hmac} with the public key`,
        `${confused}.${createHmac(hash, secret).update(confused).digest('base64url')}`,
      );
    }
  }
  const embedded = `${head({ jwk: publicJwk(other) })}.${payload}`;
  add('embedded key', `${embedded}.${signed(other, alg, embedded).toString('base64url')}`);
  for (const foreign of ['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'].filter((one) => one !== alg)) {
    const relabelled = `${head({ alg: foreign })}.${payload}`;
    add(`labelled ${foreign}`, `${relabelled}.${signed(key, alg, relabelled).toString('base64url')}`);
  }

  for (const [name, token] of [
    ['spaces in the signature', tokenOf(head(), payload, ` ${text}`)],
    ['a strange letter before the signature', tokenOf(head(), payload, `?${text}`)],
    ['a strange letter behind it', tokenOf(head(), payload, `${text}?`)],
    ['padding', tokenOf(head(), payload, `${text}==`)],
    ['spaces in the header', tokenOf(`${head()}  `, payload, text)],
    ['strange letters in the header', tokenOf(`${head()}##`, payload, text)],
    ['spaces in the payload', tokenOf(head(), ` ${payload}`, text)],
    [
      'the other alphabet',
      tokenOf(
        head(),
        payload,
        text
          .replaceAll('-', '+')
          .replaceAll('_', '/')
          .padEnd(text.length + 1, '+'),
      ),
    ],
  ] as const) {
    add(`base64: ${name}`, token);
  }
  const unusual = `${head()}.${payload}AB`;
  add(
    'base64: unused bits of a signed payload',
    `${unusual}.${signed(key, alg, unusual).toString('base64url')}`,
  );

  const special =
    alg === 'ES256'
      ? ecdsaCases(good)
      : alg.startsWith('RS')
        ? paddingCases(key, input)
        : pssCases(key, input);
  for (const [name, signature, isValid] of special) add(name, tokenOf(head(), payload, signature), isValid);
  return cases;
}

type Special = (readonly [name: string, signature: Buffer, isValid: boolean])[];

function number(value: bigint, bytes = 32): Buffer {
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex');
}

/** Values that are no scalars, and lengths that are none; r and n − s are as good as r and s. */
function ecdsaCases(good: Buffer): Special {
  const r = BigInt(`0x${good.subarray(0, 32).toString('hex')}`);
  const s = BigInt(`0x${good.subarray(32).toString('hex')}`);
  const edges: [string, bigint][] = [
    ['0', 0n],
    ['1', 1n],
    ['n-1', N - 1n],
    ['n', N],
  ];
  const zero = Buffer.alloc(1);
  return [
    ['ECDSA: n - s', Buffer.concat([number(r), number(N - s)]), true],
    ...edges.flatMap(([rName, rValue]) =>
      edges.map(
        ([sName, sValue]) =>
          [`ECDSA: r ${rName}, s ${sName}`, Buffer.concat([number(rValue), number(sValue)]), false] as const,
      ),
    ),
    ['ECDSA: both a byte longer', Buffer.concat([number(r, 33), number(s, 33)]), false],
    ['ECDSA: trailing zeros', Buffer.concat([number(r), zero, number(s), zero]), false],
    ['ECDSA: r + n', Buffer.concat([number(r + N, 33), number(s, 33)]), false],
    ['ECDSA: s + n', Buffer.concat([number(r, 33), number(s + N, 33)]), false],
    ['ECDSA: hundreds of zeros', Buffer.concat([number(r, 256), number(s, 256)]), false],
    ['ECDSA: DER', derOf(number(r), number(s)), false],
  ];
}

function derOf(...numbers: Buffer[]): Buffer {
  const parts = numbers.map((value) => Buffer.concat([Buffer.from([2, value.length + 1, 0]), value]));
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

const DIGEST_INFO: Readonly<Record<string, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/** PKCS #1 v1.5 blocks that differ from the only right one (RFC 8017 §8.2.2): each was some library's forgery. */
function paddingCases({ alg, privateKey }: AlgorithmKey, input: string): Special {
  const size = 256;
  const digest = createHash(hashOf(alg)).update(input).digest();
  const info = Buffer.concat([Buffer.from(DIGEST_INFO[hashOf(alg)] ?? '', 'hex'), digest]);
  const block = (fill: number, start: number[], middle: number[], end: Buffer): Buffer => {
    const length = size - start.length - middle.length - end.length;
    return Buffer.concat([Buffer.from(start), Buffer.alloc(length, fill), Buffer.from(middle), end]);
  };
  const raw = (bytes: Buffer) =>
    privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, bytes);
  const short = Buffer.concat([Buffer.from([0, 1, ...new Array<number>(8).fill(0xff), 0]), info]);
  const noNull = Buffer.from(info);
  noNull[1] = (noNull[1] ?? 0) - 2;
  noNull[3] = (noNull[3] ?? 0) - 2;
  const withoutNull = Buffer.concat([noNull.subarray(0, 15), noNull.subarray(17)]);
  return [
    ['PKCS #1: as it must be', raw(block(0xff, [0, 1], [0], info)), true],
    ['PKCS #1: block type 0', raw(block(0, [0, 0], [0], info)), false],
    ['PKCS #1: block type 2', raw(block(0xff, [0, 2], [0], info)), false],
    ['PKCS #1: other filling', raw(block(0xfe, [0, 1], [0], info)), false],
    ['PKCS #1: no separator', raw(block(0xff, [0, 1], [0xff], info)), false],
    [
      'PKCS #1: bytes behind the digest',
      raw(Buffer.concat([short, Buffer.alloc(size - short.length, 7)])),
      false,
    ],
    ['PKCS #1: the digest without its name', raw(block(0xff, [0, 1], [0], digest)), false],
    ['PKCS #1: no parameters', raw(block(0xff, [0, 1], [0], withoutNull)), false],
    ['PKCS #1: all zero', Buffer.alloc(size), false],
    ['PKCS #1: one', number(1n, size), false],
    ['PKCS #1: a byte longer', Buffer.concat([Buffer.alloc(1), raw(block(0xff, [0, 1], [0], info))]), false],
  ];
}

/** RFC 7518 §3.5: the salt is as long as the hash. */
function pssCases(key: AlgorithmKey, input: string): Special {
  if (!key.alg.startsWith('PS')) {
    const good = signed(key, key.alg, input);
    return [
      ['a byte longer', Buffer.concat([good, Buffer.alloc(1)]), false],
      ['a byte shorter', good.subarray(0, -1), false],
      ['all zero', Buffer.alloc(good.length), false],
    ];
  }
  const salted = (length: number) => signed(key, key.alg, input, length);
  return [
    ['PSS: no salt', salted(0), false],
    ['PSS: a salt of 20 bytes', salted(20), false],
    ['PSS: the longest salt', salted(constants.RSA_PSS_SALTLEN_MAX_SIGN), false],
    ['PSS: a signature of PKCS #1', sign(hashOf(key.alg), Buffer.from(input), key.privateKey), false],
  ];
}
