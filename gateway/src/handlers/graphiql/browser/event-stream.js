/** Reads Server-Sent Events (HTML standard §9.2) of the GraphQL over SSE protocol out of a body that arrives in pieces. */

/**
 * Takes text as it comes and gives the events that are complete. What begins with a colon is a heartbeat.
 *
 * @returns {(text: string) => { event: string, data: string }[]}
 */
export function eventReader() {
  let rest = '';
  let event = '';
  /** @type {string[]} */
  let data = [];
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    const events = [];
    for (const line of lines) {
      if (line === '') {
        if (event !== '' || data.length > 0)
          events.push({ event: event || 'message', data: data.join('\n') });
        event = '';
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (name === 'event') event = value;
      else if (name === 'data') data.push(value);
    }
    return events;
  };
}

/**
 * The results in a reply of `text/event-stream`, as they come. `stop` ends the reply where the reader has had enough:
 * a generator could not be stopped while it waits for the next event.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @param {() => void} stop
 * @returns {AsyncIterableIterator<unknown>}
 */
export function readResults(body, stop) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const read = eventReader();
  /** @type {unknown[]} */
  const waiting = [];
  let isOver = false;
  const fill = async () => {
    while (waiting.length === 0 && !isOver) {
      const { done, value } = await reader.read();
      if (done) isOver = true;
      for (const { event, data } of value ? read(decoder.decode(value, { stream: true })) : []) {
        if (event === 'next') waiting.push(JSON.parse(data));
        if (event === 'complete') isOver = true;
      }
    }
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      await fill();
      return waiting.length > 0 ? { done: false, value: waiting.shift() } : { done: true, value: undefined };
    },
    async return() {
      isOver = true;
      stop();
      return { done: true, value: undefined };
    },
  };
}
