/** Who is asking, as `authenticate` proved it: never what the client says of itself. */
export interface Identity {
  /** The person or machine: a token's `sub`, or the consumer's id where a key speaks for it. */
  readonly subject: string;
  /** The application that asks: found by API key, or a token's `client_id`/`azp`; `undefined` for one that no configuration names. */
  readonly consumer: string | undefined;
  readonly tenant: string | undefined;
  /** The plan whose limits hold. */
  readonly plan: string | undefined;
  readonly scopes: ReadonlySet<string>;
  readonly roles: readonly string[];
  /** The id of the API key that proved it, unique for its consumer; `undefined` for other schemes. */
  readonly keyId?: string | undefined;
  /** How it was proved: the scheme's name in the configuration (`jwt`, `apiKey`). */
  readonly scheme: string;
  /** Claims of the token, for policies; an empty object for other schemes. Never forwarded whole. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Wall clock (ms since the epoch) past which this identity no longer holds; Infinity where it does not expire. */
  readonly expiresAt: number;
  /**
   * Whether it still holds, where its issuer alone can say so; left out where it holds until it ends or is revoked. Asked
   * about once a second for streams that outlive their request. Never rejects.
   */
  readonly holds?: () => boolean | Promise<boolean>;
  /** What else was proved for the same request: this identity holds no longer than each of them. */
  readonly also?: readonly Identity[];
}
