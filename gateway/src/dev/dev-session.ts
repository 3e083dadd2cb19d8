/**
 * Serves a BFF while its team writes it. Each save makes its types anew and starts the next version beside the one that
 * serves; that takes over once it is ready. A version that cannot start, or types that cannot be made, change nothing
 * but what is told.
 */
import { existsSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TYPES_FILE } from '../codegen/sources.ts';
import { TypesError } from '../codegen/types-error.ts';
import { systemClock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import type { RequestTrace } from '../core/request-trace.ts';
import { startChild } from '../processes/child.ts';
import { processConfig } from '../processes/config.ts';
import { processMetrics } from '../processes/metrics.ts';
import { ProcessFolder } from '../processes/process-folder.ts';
import { Supervisor } from '../processes/supervisor.ts';
import { type Waterfall, waterfall } from '../telemetry/waterfall.ts';
import { DescriptionError } from '../validation/description-error.ts';
import { readableLine } from './child-lines.ts';
import { Compiler } from './compiler.ts';
import { DEV_ORDER_VARIABLE, type DevOrder, isDevMessage } from './dev-order.ts';
import { DevPage, type DevState } from './dev-page.ts';
import { FakeBackends } from './fake-backends.ts';
import { FolderWatch } from './folder-watch.ts';
import { FrontDoor } from './front-door.ts';
import { type Problem, problemOf, problemOfLine } from './problem.ts';

export interface DevSessionOptions {
  /** The package's folder, absolute. */
  readonly folder: string;
  /** Its configuration, absolute. */
  readonly config: string;
  readonly name: string;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** `undefined`: the usual one, or any that is free. */
  readonly pagePort: number | undefined;
  /** Answers backends from their documents. */
  readonly fake: boolean;
  /** Has TypeScript's compiler look too. */
  readonly compile: boolean;
  /** Makes the types anew; gives what was written. Rejects with a `TypesError`. */
  readonly writeTypes: (folder: string) => Promise<readonly string[]>;
  readonly listener: DevListener;
}

/** Whom the session tells what happens. */
export interface DevListener {
  serves(state: DevState, tookMs: number): void;
  problems(state: DevState): void;
  compiled(state: DevState): void;
  wroteTypes(paths: readonly string[]): void;
  request(shown: Waterfall): void;
  /** What the BFF's own code, or its log, writes. */
  line(text: string): void;
}

const CHILD = fileURLToPath(new URL(`./dev-main${extname(import.meta.filename)}`, import.meta.url));
const KEPT_REQUESTS = 200;
const PAGE_PORT = 4400;
const TYPES_MATTER = /\.(?:graphql|gql|ya?ml|json|proto)$/;

export class DevSession {
  readonly #options: DevSessionOptions;
  readonly #sockets = new ProcessFolder({ kind: 'dev-' });
  readonly #door: FrontDoor;
  readonly #page: DevPage;
  readonly #supervisor: Supervisor;
  readonly #waterfalls: Waterfall[] = [];
  #fakes: FakeBackends | undefined;
  #watch: FolderWatch | undefined;
  #compiler: Compiler | undefined;
  #url = '';
  /** The process that serves. */
  #generation = 0;
  #version = 0;
  #building = true;
  #problems: readonly Problem[] = [];
  #compilerProblems: readonly Problem[] = [];
  #serves: readonly string[] = [];
  /** Of the process that starts. */
  #told: { problems: readonly Problem[]; serves: readonly string[] } = { problems: [], serves: [] };
  #turn: Promise<void> = Promise.resolve();
  /** What changed since the last build began. */
  #changed: Set<string> | undefined;
  #closed = false;

  constructor(options: DevSessionOptions) {
    this.#options = options;
    const { host, port, name } = options;
    this.#supervisor = new Supervisor({
      name,
      config: processConfig.parse({ drainWithin: '6s', startWithin: '30s', silence: '10s' }),
      start: (generation) => this.#start(generation),
      publish: (generation) => {
        this.#generation = generation;
        this.#version += 1;
      },
      clock: systemClock,
      logger: this.#logger(),
      metrics: processMetrics(noMeter),
    });
    this.#door = new FrontDoor({
      host,
      port,
      socket: () => (this.#supervisor.state === 'ready' ? this.#socketOf(this.#generation) : undefined),
      reason: () => this.#problems.map(({ place, message }) => `${place ?? ''} ${message}`.trim()).join('\n'),
    });
    this.#page = new DevPage({ state: () => this.state, waterfalls: () => this.#waterfalls });
  }

  get state(): DevState {
    return {
      name: this.#options.name,
      url: this.#url,
      serves: this.#serves,
      version: this.#version,
      building: this.#building,
      problems: this.#problems,
      compilerProblems: this.#compilerProblems,
      fakes: Object.keys(this.#fakes?.urls ?? {}),
    };
  }

  /** Resolves when the first version serves, or what keeps it from that is known. Rejects where a port is taken. */
  async open(): Promise<{ readonly url: string; readonly page: string }> {
    const { folder, config, fake, compile, pagePort, listener } = this.#options;
    const { host, port } = await this.#door.listen();
    this.#url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    const page = await this.#page.listen(pagePort ?? PAGE_PORT, pagePort === undefined);
    if (fake) await this.#openFakes();
    await this.#build(new Set([join(folder, TYPES_FILE)]));
    this.#watch = new FolderWatch({
      folders: [...new Set([folder, dirname(config)])],
      ignored: [join(folder, 'src/generated')],
      onChange: (paths) => this.#note(paths),
    });
    if (compile) {
      this.#compiler = Compiler.start(folder, (problems) => {
        const had = this.#compilerProblems.length;
        this.#compilerProblems = problems;
        this.#page.tellState();
        if (had + problems.length > 0) listener.compiled(this.state);
      });
    }
    return { url: this.#url, page };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch?.close();
    this.#compiler?.close();
    await this.#turn;
    await Promise.all([this.#door.close(), this.#page.close(), this.#supervisor.close()]);
    await this.#fakes?.close();
    this.#sockets.remove();
  }

  async #openFakes(): Promise<void> {
    try {
      this.#fakes = await FakeBackends.open(this.#options.folder);
    } catch (error) {
      this.#problems = this.#problemsOf(error);
    }
  }

  /** One build at a time; what changes during one is for the next. */
  #note(paths: readonly string[]): void {
    // No version is made of these.
    const matter = paths.filter((path) => !/\.test\.[mc]?[jt]s$/.test(path));
    if (matter.length === 0 || this.#closed) return;
    if (this.#changed) {
      for (const path of matter) this.#changed.add(path);
      return;
    }
    const changed = new Set(matter);
    this.#changed = changed;
    this.#turn = this.#turn.then(async () => {
      this.#changed = undefined;
      await this.#build(changed);
    });
  }

  async #build(changed: ReadonlySet<string>): Promise<void> {
    if (this.#closed) return;
    const startedAt = systemClock.now();
    this.#building = true;
    this.#told = { problems: [], serves: [] };
    this.#page.tellState();
    const { listener } = this.#options;
    try {
      await this.#renewTypes(changed);
      await this.#supervisor.replace();
      this.#problems = [];
      this.#serves = this.#told.serves;
      this.#building = false;
      listener.serves(this.state, systemClock.now() - startedAt);
    } catch (error) {
      this.#building = false;
      if (this.#closed) return;
      this.#problems = this.#told.problems.length > 0 ? this.#told.problems : this.#problemsOf(error);
      listener.problems(this.state);
    }
    this.#page.tellState();
  }

  async #renewTypes(changed: ReadonlySet<string>): Promise<void> {
    const { folder, writeTypes, fake, listener } = this.#options;
    if (!existsSync(join(folder, TYPES_FILE)) || ![...changed].some((path) => TYPES_MATTER.test(path)))
      return;
    const written = await writeTypes(folder);
    if (written.length > 0) listener.wroteTypes(written);
    if (!fake) return;
    if (this.#fakes) await this.#fakes.renew();
    else this.#fakes = await FakeBackends.open(folder);
  }

  #problemsOf(error: unknown): readonly Problem[] {
    const { folder } = this.#options;
    if (error instanceof TypesError) return error.faults.map((fault) => problemOfLine(fault, folder));
    if (error instanceof DescriptionError) return [{ place: undefined, message: error.message }];
    return [problemOf(error, folder)];
  }

  #start(generation: number) {
    const { folder, config, listener } = this.#options;
    const order: DevOrder = {
      config,
      folder,
      socket: this.#socketOf(generation),
      upstreams: this.#fakes?.urls ?? {},
    };
    const child = startChild({
      module: CHILD,
      args: [],
      execArgv: [],
      env: { ...process.env, [DEV_ORDER_VARIABLE]: JSON.stringify(order) },
      cwd: folder,
      onLine: (line) => {
        const text = readableLine(line);
        if (text !== undefined) listener.line(text);
      },
    });
    child.onMessage((message) => {
      if (!isDevMessage(message)) return;
      if ('trace' in message) this.#take(message.trace);
      else if ('serves' in message) this.#told.serves = message.serves;
      else if (this.#building) this.#told.problems = message.problems;
      else {
        this.#problems = message.problems;
        listener.problems(this.state);
        this.#page.tellState();
      }
    });
    return child;
  }

  #take(trace: RequestTrace): void {
    const shown = waterfall(trace);
    this.#waterfalls.push(shown);
    if (this.#waterfalls.length > KEPT_REQUESTS) this.#waterfalls.shift();
    this.#page.tellWaterfall(shown);
    this.#options.listener.request(shown);
  }

  #socketOf(generation: number): string {
    return join(this.#sockets.path, `${generation}.sock`);
  }

  #logger(): Logger {
    const tell = (fields: object, message: string): void => {
      const reason = 'reason' in fields ? `: ${String(fields.reason)}` : '';
      this.#options.listener.line(`${message}${reason}`);
    };
    const silent = (): void => {};
    return { debug: silent, info: silent, warn: tell, error: tell };
  }
}
