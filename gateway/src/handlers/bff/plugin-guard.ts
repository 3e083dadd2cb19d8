/**
 * Apollo plugins of a BFF's team, held apart from what they look at: a hook that fails or stalls is named in the log and
 * in a metric. A `GraphQLError` is a plugin's word: it refuses the request. Any other failure refuses it too where the hook
 * might have refused (it fails closed), and changes nothing where the hook only looks on.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { GraphqlPlugin } from '../../bff/graphql-plugin.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import type { RequestRuns } from './request-runs.ts';

export interface PluginGuardOptions {
  readonly bff: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** The longest that one hook may take. */
  readonly timeoutMs: number;
}

type Plugin = ApolloServerPlugin<RequestRuns>;
type Call = (...values: unknown[]) => unknown;

/** Hooks by which a plugin may refuse a request, or answer it. */
const MAY_REFUSE: ReadonlySet<string> = new Set([
  'serverWillStart',
  'requestDidStart',
  'didResolveSource',
  'parsingDidStart',
  'validationDidStart',
  'didResolveOperation',
  'responseForOperation',
  'executionDidStart',
]);
/** Hooks that are called without waiting for them. */
const IMMEDIATE: ReadonlySet<string> = new Set(['willResolveField', 'schemaDidLoadOrUpdate']);

/** Guards plugins, and knows which errors are their words. */
export class PluginGuard {
  readonly #options: PluginGuardOptions;
  readonly #count: (value: number, ...labels: string[]) => void;
  readonly #words = new WeakSet<GraphQLError>();

  constructor(options: PluginGuardOptions) {
    this.#options = options;
    this.#count = options.meter.counter({
      name: 'frontdesk_bff_plugin_faults_total',
      help: "Hooks of BFFs' Apollo plugins that failed or took too long",
      labels: ['bff', 'plugin', 'hook'],
    });
  }

  /** Whether an error is what a plugin has to say to the client. */
  isWord(error: unknown): error is GraphQLError {
    return error instanceof GraphQLError && this.#words.has(error);
  }

  guard(plugin: GraphqlPlugin, place: number): Plugin {
    return this.#guarded(plugin, pluginName(plugin, place)) ?? {};
  }

  /** The same members, hooks guarded. `undefined` for what has none. */
  #guarded(holder: unknown, plugin: string): object | undefined {
    if (typeof holder !== 'object' || holder === null) return undefined;
    const guarded = {};
    for (const name of memberNames(holder)) {
      const member: unknown = Reflect.get(holder, name);
      if (!isCall(member)) Reflect.set(guarded, name, member);
      else Reflect.set(guarded, name, this.#hook(member.bind(holder), plugin, name));
    }
    return guarded;
  }

  #hook(call: Call, plugin: string, hook: string): Call {
    if (IMMEDIATE.has(hook)) {
      return (...values) => {
        try {
          return this.#result(call(...values), plugin, hook);
        } catch (thrown) {
          this.#fault(plugin, hook, thrown);
          return undefined;
        }
      };
    }
    return async (...values) => {
      try {
        return this.#result(await this.#inTime(Promise.resolve(call(...values))), plugin, hook);
      } catch (thrown) {
        return this.#failed(plugin, hook, thrown);
      }
    };
  }

  /** What a hook gives is a listener with hooks of its own, the hook of its end, or something that is none of these. */
  #result(result: unknown, plugin: string, hook: string): unknown {
    if (hook === 'responseForOperation') return result;
    if (isCall(result)) return this.#end(result, plugin, `${hook} (end)`, hook === 'validationDidStart');
    return this.#guarded(result, plugin) ?? result;
  }

  #end(call: Call, plugin: string, hook: string, awaited: boolean): Call {
    if (awaited) return this.#hook(call, plugin, hook);
    return (...values) => {
      try {
        const result = call(...values);
        if (result instanceof Promise) {
          return this.#inTime(result).catch((thrown: unknown) => this.#failed(plugin, hook, thrown));
        }
        return result;
      } catch (thrown) {
        return this.#failed(plugin, hook, thrown);
      }
    };
  }

  #failed(plugin: string, hook: string, thrown: unknown): undefined {
    if (!MAY_REFUSE.has(hook)) {
      this.#fault(plugin, hook, thrown);
      return undefined;
    }
    if (thrown instanceof GraphQLError) {
      this.#words.add(thrown);
      throw thrown;
    }
    if (thrown instanceof FrontdeskError && thrown.code !== 'internal') throw thrown;
    this.#fault(plugin, hook, thrown);
    throw new FrontdeskError('internal', { detail: `plugin ${plugin}: ${hook}`, cause: thrown });
  }

  #fault(plugin: string, hook: string, thrown: unknown): void {
    const { bff, logger } = this.#options;
    this.#count(1, bff, plugin, hook);
    const detail = thrown instanceof FrontdeskError ? thrown.detail : String(thrown);
    logger.error({ bff, plugin, hook, detail }, 'a plugin failed');
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    const { clock, timeoutMs } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const disarm = clock.after(timeoutMs, () => {
      reject(new FrontdeskError('internal', { detail: `took longer than ${timeoutMs} ms` }));
    });
    work.then(resolve, reject).finally(disarm);
    return promise;
  }
}

function pluginName(plugin: object, place: number): string {
  const made = plugin.constructor.name;
  return made === 'Object' || made === '' ? `plugins[${place}]` : made;
}

/** Own members, and the methods of classes. */
function memberNames(holder: object): readonly string[] {
  const names = new Set<string>();
  for (let at: object | null = holder; at && at !== Object.prototype; at = Reflect.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) if (name !== 'constructor') names.add(name);
  }
  return [...names];
}

function isCall(value: unknown): value is Call {
  return typeof value === 'function';
}
