/**
 * What processes that are gone had counted: without it the sums over all workers would fall when one is replaced, which readers
 * of counters take for a restart of everything.
 */
import { type MetricsSnapshot, mergedValues } from '../telemetry/metrics.ts';

export class RetiredMetrics {
  /** By process id: what each said last. */
  #last = new Map<number, MetricsSnapshot>();
  #retired: MetricsSnapshot = [];
  /** One after another: two readers at a time would each add who is gone to what there was before the other. */
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * Takes what processes say now, and which of them are `alive`. Gives what is to be added to it: what those that are gone had
   * counted, and for those that did not answer what they said last.
   */
  with(
    said: ReadonlyMap<number, MetricsSnapshot>,
    alive: ReadonlySet<number> = new Set(said.keys()),
  ): Promise<MetricsSnapshot[]> {
    const taken = this.#turn.then(() => this.#take(said, alive));
    this.#turn = taken.catch(() => {});
    return taken;
  }

  async #take(
    said: ReadonlyMap<number, MetricsSnapshot>,
    alive: ReadonlySet<number>,
  ): Promise<MetricsSnapshot[]> {
    const before = [...this.#last].filter(([pid]) => !said.has(pid));
    const silent = before.filter(([pid]) => alive.has(pid));
    const gone = before.filter(([pid]) => !alive.has(pid)).map(([, values]) => onlyCounted(values));
    this.#last = new Map([...said, ...silent]);
    if (gone.length > 0) this.#retired = await mergedValues([this.#retired, ...gone]);
    return [this.#retired, ...silent.map(([, values]) => values)];
  }
}

/** A gauge tells of what is now. */
function onlyCounted(values: MetricsSnapshot): MetricsSnapshot {
  return values.filter((family) => 'type' in family && family.type !== 'gauge');
}
