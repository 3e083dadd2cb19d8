/**
 * What is known of how the newest answers came about, one account for each of GraphiQL's tabs: what the gateway told in
 * `extensions`, and when the parts of the answer arrived here.
 *
 * @typedef {object} Call
 * @property {string} subgraph
 * @property {string | null} label
 * @property {number} attempt
 * @property {number} startMs
 * @property {number | null} headMs
 * @property {number | null} endMs
 * @property {number | null} status
 * @property {string | null} outcome
 * @property {number} bytes
 * @property {boolean} shared
 *
 * @typedef {{ name: string, startMs: number, endMs: number }} Phase
 * @typedef {{ totalMs: number, phases: Phase[], calls: Call[] }} Timeline
 *
 * @typedef {object} PlanNode
 * @property {string} kind
 * @property {string} [subgraph]
 * @property {string} [operation]
 * @property {string[]} [paths]
 * @property {number} [objects]
 * @property {PlanNode[]} [nodes]
 * @property {string} [variable]
 * @property {PlanNode | null} [ifTrue]
 * @property {PlanNode | null} [ifFalse]
 * @property {PlanNode | null} [primary]
 * @property {PlanNode | null} [rest]
 * @property {{ label: string, node: PlanNode | null }[]} [deferred]
 *
 * @typedef {object} Account
 * @property {{ estimated: number, limit: number | null } | undefined} cost
 * @property {{ text: string, tree: PlanNode | null } | undefined} plan
 * @property {Timeline | undefined} timeline
 * @property {number | undefined} status HTTP's, once the head is here
 * @property {number[]} arrivals when each part of the answer came, in ms since it was asked for
 * @property {boolean} isStream whether it comes in parts
 * @property {boolean} isOver
 */

/** @returns {Account} */
function emptyAccount() {
  return {
    cost: undefined,
    plan: undefined,
    timeline: undefined,
    status: undefined,
    arrivals: [],
    isStream: false,
    isOver: false,
  };
}

/**
 * Takes out of a result what the page asked to be told, for it is shown beside the answer.
 *
 * @param {unknown} result
 * @returns {{ result: unknown, told: Partial<Account> }}
 */
export function takeTold(result) {
  const { extensions, ...rest } = Object(result);
  if (typeof extensions !== 'object' || extensions === null) return { result, told: {} };
  const { cost, frontdesk, ...others } = extensions;
  const told = {
    ...(cost && { cost }),
    ...(frontdesk?.plan && { plan: frontdesk.plan }),
    ...(frontdesk?.timeline && { timeline: frontdesk.timeline }),
  };
  return { result: Object.keys(others).length > 0 ? { ...rest, extensions: others } : rest, told };
}

export class Accounts {
  /** @type {Map<string, Account>} */
  #byTab = new Map();
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #tab = '';
  #isRefused = false;

  /** The account of the tab that is shown. */
  current = () => this.#byTab.get(this.#tab);

  /** Whether the gateway would not tell its schema to whoever asked with these credentials. */
  isRefused = () => this.#isRefused;

  /** @param {number} status of the answer to the question for the schema */
  schemaAnswered(status) {
    this.#isRefused = status === 401 || status === 403;
    this.#tellAll();
  }

  /** @param {() => void} listener */
  subscribe = (listener) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** @param {string} tab @param {readonly string[]} open */
  show(tab, open) {
    this.#tab = tab;
    for (const id of this.#byTab.keys()) if (id !== '' && !open.includes(id)) this.#byTab.delete(id);
    this.#tellAll();
  }

  /** Begins the account of a new answer in the tab that is shown, and gives what adds to it. */
  begin() {
    const tab = this.#tab;
    let account = emptyAccount();
    /** @param {Partial<Account>} more */
    const add = (more) => {
      const isNewest = this.#byTab.get(tab) === account;
      account = { ...account, ...more };
      if (isNewest) this.#put(tab, account);
    };
    this.#put(tab, account);
    return { add, arrived: (/** @type {number} */ ms) => add({ arrivals: [...account.arrivals, ms] }) };
  }

  /** @param {string} tab @param {Account} account */
  #put(tab, account) {
    this.#byTab.set(tab, account);
    this.#tellAll();
  }

  #tellAll() {
    for (const listener of this.#listeners) listener();
  }
}
