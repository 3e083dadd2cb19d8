/** Follows the stream of seconds, and keeps the last of them and the requests that they told of. */

const MOST_SECONDS = 180;
const MOST_REQUESTS = 400;

export class Follow {
  seconds = [];
  /** The newest first. */
  requests = [];
  state = 'connecting';
  paused = false;
  #seen = new Set();
  #onChange;

  constructor(onChange) {
    this.#onChange = onChange;
    const source = new EventSource('admin/live');
    source.addEventListener('open', () => this.#become('live'));
    source.addEventListener('error', () =>
      this.#become(source.readyState === EventSource.CLOSED ? 'refused' : 'lost'),
    );
    source.addEventListener('kept', ({ data }) => {
      this.#addRequests(JSON.parse(data));
      onChange();
    });
    source.addEventListener('second', ({ data }) => {
      const second = JSON.parse(data);
      this.seconds.push(second);
      if (this.seconds.length > MOST_SECONDS) this.seconds.shift();
      this.#addRequests(second.requests);
      this.state = 'live';
      if (!this.paused) onChange();
    });
  }

  /** The last so many seconds. */
  last(count) {
    return this.seconds.slice(-count);
  }

  #become(state) {
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
