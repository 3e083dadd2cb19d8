/**
 * Names of fields that backends commonly trust to say who is asking. They are never taken from a client, whatever
 * names are configured for ours: neither at the door nor on the way to a backend.
 */

/** In lower case. */
export const COMMONLY_TRUSTED: readonly string[] = [
  'x-user-id',
  'x-user',
  'x-user-name',
  'x-user-email',
  'x-user-role',
  'x-user-roles',
  'x-user-scopes',
  'x-role',
  'x-roles',
  'x-scopes',
  'x-tenant-id',
  'x-tenant',
  'x-consumer-id',
  'x-consumer-username',
  'x-consumer-custom-id',
  'x-authenticated-userid',
  'x-authenticated-scope',
  'x-credential-identifier',
  'x-anonymous-consumer',
  'x-remote-user',
  'remote-user',
  'x-forwarded-user',
  'x-forwarded-email',
  'x-forwarded-groups',
  'x-forwarded-preferred-username',
  'x-forwarded-access-token',
  'x-auth-request-user',
  'x-auth-request-email',
  'x-auth-request-groups',
  'x-forwarded-client-cert',
  'x-client-cert',
  'x-client-verify',
  'x-client-dn',
  'x-ssl-client-cert',
  'x-ssl-client-verify',
  'x-ssl-client-s-dn',
  'client-cert',
  'client-cert-chain',
  'x-identity-token',
  'x-auth-user',
  'x-authenticated-user',
  'x-webauth-user',
  'x-grafana-user',
  'x-ms-client-principal',
  'x-ms-client-principal-id',
  'x-ms-client-principal-name',
  'x-ms-client-principal-idp',
  'x-goog-authenticated-user-email',
  'x-goog-authenticated-user-id',
  'cf-access-authenticated-user-email',
  'x-amzn-oidc-identity',
  'x-ssl-cert',
  'ssl-client-cert',
  'ssl-client-verify',
  'x-client-certificate',
  'x-tls-client-cert',
  'x-arr-clientcert',
  'x-custom-ip-authorization',
];

/** A client's word about the way it came: rebuilt from the connection, never taken over. In lower case. */
export const FORWARDING_FIELDS: readonly string[] = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-forwarded-scheme',
  'x-forwarded',
  'x-forwarded-by',
  'x-forwarded-path',
  'x-forwarded-uri',
  'x-forwarded-method',
  'forwarded-for',
  'x-url-scheme',
  'front-end-https',
  'x-host',
  'x-http-host-override',
  'x-real-ip',
  'x-originating-ip',
  'x-remote-ip',
  'x-remote-addr',
  'x-proxyuser-ip',
  'client-ip',
  'wl-proxy-client-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-appengine-user-ip',
  'x-vercel-forwarded-for',
  'x-envoy-external-address',
  'x-envoy-internal',
  'x-envoy-original-path',
  'x-envoy-original-host',
  'x-envoy-decorator-operation',
  'x-envoy-downstream-service-cluster',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-max-retries',
  'x-envoy-force-trace',
  'x-original-url',
  'x-original-host',
  'x-original-uri',
  'x-original-method',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  // By which a framework tells itself that a request was let in already (CVE-2025-29927).
  'x-middleware-subrequest',
  'x-middleware-subrequest-id',
];

/** What the gateway says itself of each request to a backend, so that nobody else may. In lower case. */
export const GATEWAY_FIELDS: readonly string[] = [
  'host',
  'content-length',
  'expect',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'x-request-id',
  'x-trace-id',
  'traceparent',
  'tracestate',
];

/** In which clients' credentials come, beside fields that a configuration names. In lower case. */
export const CREDENTIAL_FIELDS: readonly string[] = ['authorization', 'cookie', 'x-api-key', 'dpop'];

/** Spellings are remembered up to this many, then worked out each time: clients choose them. */
const MAX_REMEMBERED_NAMES = 2048;

/**
 * A name by letters and digits alone. Servers that turn names into variables see no difference between `-`, `_` and
 * `.`, and some see none at all, so no two names that agree in this count as different.
 */
export function bareName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Remembers what `judge` said of each lower-case name: the same few dozen come with every request. */
export function rememberNames(judge: (name: string) => boolean): (name: string) => boolean {
  const remembered = new Map<string, boolean>();
  return (name) => {
    const known = remembered.get(name);
    if (known !== undefined) return known;
    const verdict = judge(name);
    if (remembered.size < MAX_REMEMBERED_NAMES) remembered.set(name, verdict);
    return verdict;
  };
}
