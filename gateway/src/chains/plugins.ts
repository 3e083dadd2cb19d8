/**
 * Teams' own steps for one configuration: their packages are loaded, what they are told is held to their own schemas, and each
 * is given its place on the routes and upstreams that it is for. What a plugin keeps outlives reloads that leave its
 * entry alone.
 */
import { credentialFields } from '../auth/credential-fields.ts';
import { type Fault, formatFault } from '../config/fault.ts';
import { identityTokenFields } from '../config/identity-tokens.ts';
import { suggestion } from '../config/nearest.ts';
import { pluginFault, readPluginConfig } from '../config/plugin-configs.ts';
import type { Config } from '../config/schema.ts';
import type { Exchange, Reply } from '../core/exchange.ts';
import type { Place, PlacedStep } from '../core/placed-steps.ts';
import type { UpstreamReply } from '../core/upstream-call.ts';
import { type PlannedMount, templateOf } from '../mounts/mount-plan.ts';
import type { PluginConfig } from '../plugin/config.ts';
import { isAtDoor, placeFault } from '../plugin/definition.ts';
import { replyRules, requestRules, type TrustedNames } from '../plugin/field-rules.ts';
import type { HeldPlugin } from '../plugin/held.ts';
import { type LoadedPlugin, loadPlugin } from '../plugin/load.ts';
import { middlewareStep } from '../plugin/middleware-step.ts';
import type { Opened } from '../plugin/opened.ts';
import { PluginError } from '../plugin/plugin-error.ts';
import { type Call, policyStep } from '../plugin/policy-step.ts';
import type { ReadPlugin } from '../plugin/read-plugin.ts';
import type { Residents } from '../residents/residents.ts';
import type { UpstreamConfig } from '../upstream/config.ts';
import type { Lease } from '../upstream/endpoints/lease.ts';
import { staticField } from '../upstream/outgoing/credentials.ts';

export interface Plugins {
  readonly read: readonly ReadPlugin[];
  readonly door: readonly PlacedStep<Exchange, Reply>[];
  of(mount: PlannedMount): readonly PlacedStep<Exchange, Reply>[];
  ofUpstream<C extends Call>(
    upstream: string,
    config: UpstreamConfig,
  ): readonly PlacedStep<C, UpstreamReply>[];
  release(): Promise<void>;
}

/** Every plugin of a configuration, and all that is wrong with them. Loads their code. */
export async function readPlugins(
  config: Pick<Config, 'plugins' | 'upstreams'>,
  folder: string,
): Promise<{ readonly plugins: readonly ReadPlugin[]; readonly faults: readonly Fault[] }> {
  const faults: Fault[] = [];
  const plugins: ReadPlugin[] = [];
  const names = new Set<string>();
  for (const entry of config.plugins) {
    let loaded: LoadedPlugin;
    try {
      loaded = await loadPlugin(entry.package, folder);
    } catch (error) {
      if (!(error instanceof PluginError)) throw error;
      faults.push(pluginFault(entry, ['package'], error.message));
      continue;
    }
    const { plugin } = loaded;
    const name = entry.name ?? plugin.name;
    const { value, faults: wrong } = readPluginConfig(entry, plugin.config);
    const place = placeOfEntry(entry) ?? plugin.place;
    const found = [...wrong, ...entryFaults(entry, loaded, place, config)];
    if (names.has(name))
      found.push(
        pluginFault(entry, ['name'], `there is a plugin ${name} already: expected a name of its own`),
      );
    names.add(name);
    faults.push(...found);
    if (found.length === 0) plugins.push({ ...loaded, entry, name, place, value });
  }
  return { plugins, faults };
}

function placeOfEntry({ place }: PluginConfig): Place | undefined {
  if (place?.before !== undefined) return { before: place.before };
  return place?.after === undefined ? undefined : { after: place.after };
}

/** What an entry says that its plugin, or the rest of the configuration, does not allow. */
function entryFaults(
  entry: PluginConfig,
  { plugin }: LoadedPlugin,
  place: Place,
  { upstreams }: Pick<Config, 'upstreams'>,
): Fault[] {
  const faults: Fault[] = [];
  const fault = (path: readonly PropertyKey[], message: string): void => {
    faults.push(pluginFault(entry, path, message));
  };
  const wrongPlace = placeFault(plugin.face, place);
  if (wrongPlace !== undefined) fault(['place'], wrongPlace);
  if (entry.onError === 'skip' && !plugin.skippable)
    fault(['onError'], `the plugin ${plugin.name} may not be skipped: it does not say that it is skippable`);
  if (plugin.credentials && !entry.credentials)
    fault(
      ['credentials'],
      `the plugin ${plugin.name} asks to see credentials: expected credentials: true, if it may`,
    );
  if (entry.upstreams && plugin.face === 'middleware')
    fault(['upstreams'], `the plugin ${plugin.name} is a middleware, which sees no calls: expected routes`);
  if (entry.routes && plugin.face === 'policy')
    fault(['routes'], `the plugin ${plugin.name} is a policy, which sees no requests: expected upstreams`);
  else if (entry.routes && entry.routes.length > 0 && isAtDoor(place))
    fault(
      ['routes'],
      `the plugin ${plugin.name} stands at the door, before any route is known: expected none`,
    );
  for (const [i, name] of (entry.upstreams ?? []).entries()) {
    if (name.startsWith('subgraph:')) continue;
    const found = upstreams[name];
    if (!found)
      fault(['upstreams', i], `no upstream is named "${name}"; ${suggestion(name, Object.keys(upstreams))}`);
    else if (found.split) fault(['upstreams', i], `${name} is a split: expected the names of its sides`);
  }
  return faults;
}

/** Paths that no route has. */
export function routeFaults(plugins: readonly ReadPlugin[], mounts: readonly PlannedMount[]): Fault[] {
  const templates = mounts.filter(isConfigured).map(({ match }) => templateOf(match));
  return plugins.flatMap(({ entry }) =>
    (entry.routes ?? []).flatMap((pattern, i) =>
      templates.some((template) => fits(pattern, template))
        ? []
        : [
            pluginFault(
              entry,
              ['routes', i],
              `no route has the path "${pattern}"; ${suggestion(pattern, templates)}`,
            ),
          ],
    ),
  );
}

/** What is built in (health, the paths of sessions, keys) is nobody's to change. */
function isConfigured({ guards }: PlannedMount): boolean {
  return guards !== undefined;
}

function fits(pattern: string, template: string): boolean {
  return pattern === template || (pattern.endsWith('*') && template.startsWith(pattern.slice(0, -1)));
}

/** @throws PluginError with every fault. */
export function requireSound(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new PluginError('configuration', faults.map(formatFault));
}

const NONE: Plugins = { read: [], door: [], of: () => [], ofUpstream: () => [], release: async () => {} };

/** Opens them, or takes over those that are open. Rejects with a `PluginError`, and then holds none. */
export async function openPlugins(
  config: Config,
  folder: string,
  residents: Pick<Residents, 'plugins' | 'clock' | 'logger'>,
): Promise<Plugins> {
  if (config.plugins.length === 0) return NONE;
  const { plugins, faults } = await readPlugins(config, folder);
  requireSound(faults);
  const leases: { readonly plugin: ReadPlugin; readonly lease: Lease<Opened> }[] = [];
  const release = async (): Promise<void> => {
    await Promise.all(leases.map(({ lease }) => lease.release()));
  };
  try {
    for (const plugin of plugins) leases.push({ plugin, lease: residents.plugins.lease(plugin, folder) });
  } catch (error) {
    await release();
    throw error;
  }
  return placed(leases, config, residents, release);
}

function placed(
  leases: readonly { readonly plugin: ReadPlugin; readonly lease: Lease<Opened> }[],
  config: Config,
  { plugins: { metrics }, clock, logger }: Pick<Residents, 'plugins' | 'clock' | 'logger'>,
  release: () => Promise<void>,
): Plugins {
  const names = trustedNames(config);
  const heldOf = (
    { plugin, name, entry, folder }: ReadPlugin,
    { suspension }: Opened,
    trusted: TrustedNames,
  ): Omit<HeldPlugin, 'run'> => ({
    name,
    reads: plugin.reads,
    timeoutMs: entry.timeout,
    skips: entry.onError === 'skip',
    rules: {
      request: requestRules(trusted, entry.credentials),
      reply: replyRules(entry.credentials),
    },
    folder,
    suspension,
    metrics,
    clock,
    logger,
  });
  const requests = leases.flatMap(({ plugin, lease: { value } }) => {
    const { step } = value;
    if (step.face !== 'middleware') return [];
    const { name, place } = plugin;
    const made = middlewareStep({ ...heldOf(plugin, value, names), run: step.run });
    return [{ plugin, placed: { name, place, step: made } }];
  });
  return {
    read: leases.map(({ plugin }) => plugin),
    door: requests.filter(({ plugin }) => standsAtDoor(plugin)).map((one) => one.placed),
    of: (mount) => requests.filter(({ plugin }) => standsOn(plugin, mount)).map((one) => one.placed),
    ofUpstream: (upstream, upstreamConfig) => {
      return leases.flatMap(({ plugin, lease: { value } }) => {
        const { step } = value;
        const { name, place } = plugin;
        if (step.face !== 'policy' || !standsBefore(plugin, upstream)) return [];
        const trusted = { ...names, credentials: [...names.credentials, ...ownCredentials(upstreamConfig)] };
        return [{ name, place, step: policyStep({ ...heldOf(plugin, value, trusted), run: step.run }) }];
      });
    },
    release,
  };
}

/** What the gateway asks for itself: keys, tokens, its own processes. No configured name has a colon. */
function isOurs(upstream: string): boolean {
  return upstream.includes(':') && !upstream.startsWith('subgraph:');
}

function standsAtDoor({ plugin, place, entry }: ReadPlugin): boolean {
  return plugin.face === 'middleware' && isAtDoor(place) && entry.routes === undefined;
}

function standsOn({ plugin, place, entry: { routes } }: ReadPlugin, mount: PlannedMount): boolean {
  if (plugin.face !== 'middleware' || isAtDoor(place) || !isConfigured(mount)) return false;
  const template = templateOf(mount.match);
  return routes === undefined || routes.some((pattern) => fits(pattern, template));
}

function standsBefore({ plugin, entry: { upstreams } }: ReadPlugin, upstream: string): boolean {
  if (plugin.face !== 'policy' || isOurs(upstream)) return false;
  return upstreams === undefined || upstreams.includes(upstream);
}

/** The same places without the plugins: for whoever lists them. */
export function placesOf(read: readonly ReadPlugin[]): Pick<Plugins, 'door' | 'of' | 'ofUpstream'> {
  const at = <In, Out>(plugins: readonly ReadPlugin[]): PlacedStep<In, Out>[] =>
    plugins.map(({ name, place }) => ({ name, place, step: (input, next) => next(input) }));
  return {
    door: at(read.filter(standsAtDoor)),
    of: (mount) => at(read.filter((one) => standsOn(one, mount))),
    ofUpstream: (upstream) => at(read.filter((one) => standsBefore(one, upstream))),
  };
}

function trustedNames({ auth, identityHeaders, upstreams }: Config): TrustedNames {
  return {
    identity: Object.values(identityHeaders),
    credentials: [...credentialFields(auth), ...identityTokenFields(upstreams)],
  };
}

/** With what the gateway proves itself there. */
function ownCredentials({ credentials }: UpstreamConfig): readonly string[] {
  const field = credentials && staticField(credentials);
  return field ? [field.name] : [];
}
