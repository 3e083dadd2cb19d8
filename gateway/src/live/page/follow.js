/** Follows the stream of seconds, and keeps the last of them and the requests that they told of. */
import { clockText } from './dom.js';

const MOST_SECONDS = 180;
const MOST_REQUESTS = 400;
/** A second comes each second: after so long without one the connection is as good as gone, whatever it says. */
const SILENT_MS = 6_000;
const AGAIN_MS = 2_000;

export class Follow {
  seconds = [];
  /** The newest first. */
  requests = [];
  /** `connecting`, `live`, `lost`, `full` (too many pages) or `refused`. */
  state = 'connecting';
  /** Whether views stand still; what comes is kept meanwhile. */
  paused = false;
  /** What became of the gateway while the page was open: that it was away, that other processes serve. */
  news = '';
  #seen = new Set();
  #pids = '';
  #lostAt;
  #heardAt = 0;
  #source;
  #onChange;

  constructor(onChange) {
    this.#onChange = onChange;
    this.#open();
    setInterval(() => {
      if (this.state === 'live' && Date.now() - this.#heardAt > SILENT_MS) this.#again('lost');
    }, SILENT_MS / 3);
  }

  /** The last so many seconds. */
  last(count) {
    return this.seconds.slice(-count);
  }

  #open() {
    const source = new EventSource('admin/live');
    this.#source = source;
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) void this.#findOut();
      else this.#become('lost');
    });
    source.addEventListener('kept', ({ data }) => {
      this.#hear();
      this.#addRequests(JSON.parse(data));
      this.#become('live');
    });
    source.addEventListener('second', ({ data }) => {
      this.#hear();
      const second = JSON.parse(data);
      this.seconds.push(second);
      if (this.seconds.length > MOST_SECONDS) this.seconds.shift();
      this.#addRequests(second.requests);
      this.#noteProcesses(second);
      this.#become('live');
    });
  }

  #again(state) {
    this.#source.close();
    this.#become(state);
    setTimeout(() => this.#open(), AGAIN_MS);
  }

  /** The stream was answered with no stream: who is not let in must log in again; whoever comes early or late tries again. */
  async #findOut() {
    try {
      const { status, ok } = await fetch('admin/live/about');
      if (status === 401 || status === 403) this.#become('refused');
      else this.#again(ok ? 'full' : 'lost');
    } catch {
      this.#again('lost');
    }
  }

  #hear() {
    this.#heardAt = Date.now();
    if (this.#lostAt === undefined) return;
    const awayS = Math.round((Date.now() - this.#lostAt) / 1_000);
    this.#lostAt = undefined;
    this.news = `Back at ${clockText(Date.now())} after ${awayS} s`;
  }

  #noteProcesses({ at, processes }) {
    const pids = processes.map(({ pid }) => pid).join(' ');
    if (pids === this.#pids || pids === '') return;
    if (this.#pids !== '') this.news = `Other processes serve since ${clockText(at)}`;
    this.#pids = pids;
  }

  #become(state) {
    if (state !== 'live' && state !== 'connecting') this.#lostAt ??= Date.now();
    this.state = state;
    this.#onChange();
  }

  #addRequests(requests) {
    for (const request of requests) {
      const key = keyOf(request);
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.requests.push(request);
    }
    this.requests.sort((a, b) => b.at - a.at);
    for (const gone of this.requests.splice(MOST_REQUESTS)) this.#seen.delete(keyOf(gone));
  }
}

export function keyOf({ process, id, at }) {
  return `${process} ${at} ${id}`;
}
