/** What the chains of `pipeline.ts` are made of for one configuration: for whoever composes them, and for whoever lists them. */
import { asksForNothing } from '../auth/grants.ts';
import { identityTokenFields } from '../config/identity-tokens.ts';
import type { Config } from '../config/schema.ts';
import { NORMAL_PRIORITY } from '../core/priority.ts';
import type { Identities } from '../identities/identities.ts';
import type { Plans } from '../limits/plans/plans.ts';
import { canonicalAuthority } from '../listener/host.ts';
import { clientAddress } from '../middleware/client-address.ts';
import { forwardedCertificate } from '../middleware/forwarded-certificate.ts';
import { ipRules } from '../middleware/ip-rules.ts';
import type { MatchTarget } from '../middleware/match.ts';
import { priority } from '../middleware/priority.ts';
import { proxyDeadline } from '../middleware/proxy-deadline.ts';
import { securityHeaders } from '../middleware/security-headers.ts';
import type { PlannedMount } from '../mounts/mount-plan.ts';
import type { DoorParts, RouteGuards, RouteParts } from '../pipeline.ts';
import type { Residents } from '../residents/residents.ts';
import type { RouteTable } from '../router/route-table.ts';
import { traceOf } from '../telemetry/exemplars.ts';
import { lineSampler } from '../telemetry/line-sampling.ts';
import { urlRedactor } from '../telemetry/redaction.ts';
import { requestMetrics } from '../telemetry/request-metrics.ts';
import { makeIdSource } from '../wire/trace-context.ts';
import type { Plugins } from './plugins.ts';
import type { RouteLimits } from './route-limits.ts';

/** What all routes of a configuration have in common. */
export interface RouteCommon {
  readonly plans: Plans;
  readonly limits: RouteLimits;
  readonly identities: Pick<Identities, 'authenticator'>;
  readonly residents: Pick<Residents, 'tracing'>;
}

/** What is a route's own. */
export interface OwnParts {
  readonly guards: RouteGuards;
  readonly plugins: RouteParts['plugins'];
}

export function routePartsOf(
  mount: PlannedMount,
  { plans, limits, identities: { authenticator }, residents }: RouteCommon,
  own: OwnParts,
): Omit<RouteParts, 'handler'> {
  const { auth, grants, deadlineMs, maxBodyBytes } = mount;
  const hasTenant = mount.match.tenant !== undefined;
  const asksNobody = auth.schemes.length === 0 && asksForNothing(grants) && !hasTenant;
  return {
    deadlineMs,
    authenticator: asksNobody ? undefined : authenticator.forRoute(auth),
    grants,
    hasTenant,
    priority: priority(mount.priority, plans),
    limit: limits.of(mount),
    ...own,
    maxBodyBytes,
    traced: residents.tracing !== undefined,
  };
}

export function doorPartsOf(
  { auth, telemetry, identityHeaders, upstreams, routing, listen, securityHeaders: said }: Config,
  routes: Pick<RouteTable<MatchTarget>, 'match'>,
  limits: RouteLimits,
  { clock, logger, metrics, accessLines, addressFiles, shedder, tracing }: Residents,
  plugins: Pick<Plugins, 'door'>,
): Omit<DoorParts, 'match'> {
  return {
    replyFields: securityHeaders(said),
    ids: makeIdSource(),
    logger,
    tracing,
    log: {
      clock,
      metrics: requestMetrics(metrics, traceOf(telemetry.metrics.exemplars)),
      lines: accessLines,
      redact: urlRedactor(telemetry.accessLog.redact),
      sampler: lineSampler(telemetry.accessLog),
      fields: telemetry.accessLog.fields,
    },
    shed: shedder?.step((exchange) => {
      const found = routes.match(exchange);
      // To say that there is no such route costs little more than to say that there is no time.
      return found.kind === 'found' ? found.value.sheds : NORMAL_PRIORITY;
    }),
    identityHeaders: [...Object.values(identityHeaders), ...identityTokenFields(upstreams)],
    tenantField: routing.tenant?.header,
    ipRules: ipRules(listen.ip, { fileAt: (path) => addressFiles.get(path), meter: metrics, label: '*' }),
    clientAddress: clientAddress(listen.trustedProxies, { canonicalHost: canonicalAuthority }),
    proxyDeadline: proxyDeadline(listen.trustedProxies?.deadline),
    forwardedCertificate: forwardedCertificate(auth.mtls?.forwarded, {
      isSecure: listen.tls !== undefined,
      meter: metrics,
    }),
    globalLimit: limits.door,
    plugins: plugins.door,
  };
}
