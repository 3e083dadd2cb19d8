/** A client's key for DPoP, and proofs by it: sound ones, but for what a test says otherwise. */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { base64url } from './issuer.ts';

export type ProverAlgorithm = 'ES256' | 'Ed25519' | 'PS256';

export interface Prover {
  readonly alg: ProverAlgorithm;
  readonly jwk: Readonly<Record<string, unknown>>;
  /** What `cnf.jkt` must say. */
  readonly thumbprint: string;
  readonly privateKey: KeyObject;
}

const DEFINING = { ES256: ['crv', 'kty', 'x', 'y'], Ed25519: ['crv', 'kty', 'x'], PS256: ['e', 'kty', 'n'] };

export function makeProver(alg: ProverAlgorithm = 'ES256', modulusLength = 2_048): Prover {
  const pair =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : alg === 'PS256'
        ? generateKeyPairSync('rsa', { modulusLength })
        : generateKeyPairSync('ed25519');
  const jwk: Record<string, unknown> = { ...pair.publicKey.export({ format: 'jwk' }) };
  const text = JSON.stringify(Object.fromEntries(DEFINING[alg].map((name) => [name, jwk[name]])));
  const thumbprint = createHash('sha256').update(text).digest('base64url');
  return { alg, jwk, thumbprint, privateKey: pair.privateKey };
}

export interface ProofParts {
  readonly token: string;
  /** Wall clock, ms. */
  readonly at: number;
  readonly htm?: string;
  readonly htu?: string;
  readonly nonce?: string;
  /** Over the header and the claims; `undefined` takes a member away. */
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

export function proofBy(prover: Prover, parts: ProofParts): string {
  const { token, at, htm = 'GET', htu = 'http://api.example/', nonce } = parts;
  const header = { typ: 'dpop+jwt', alg: prover.alg, jwk: prover.jwk, ...parts.header };
  const claims = {
    jti: randomUUID(),
    htm,
    htu,
    iat: Math.floor(at / 1_000),
    ath: createHash('sha256').update(token).digest('base64url'),
    ...(nonce === undefined ? {} : { nonce }),
    ...parts.claims,
  };
  return signProof(prover, header, claims);
}

/** Signs whatever header and claims say. */
export function signProof({ alg, privateKey }: Prover, header: unknown, claims: unknown): string {
  const signed = `${base64url(header)}.${base64url(claims)}`;
  const bytes = Buffer.from(signed);
  const signature =
    alg === 'Ed25519'
      ? sign(null, bytes, privateKey)
      : alg === 'ES256'
        ? sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })
        : sign('sha256', bytes, { key: privateKey, padding: 6, saltLength: 32 });
  return `${signed}.${signature.toString('base64url')}`;
}
