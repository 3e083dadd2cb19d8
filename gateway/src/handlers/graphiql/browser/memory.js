/**
 * What GraphiQL keeps between visits, without the header fields that were sent: they hold tokens and keys, and its
 * history of operations would write them down. They live in the page's memory alone.
 *
 * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'clear' | 'length'>} storage
 */
export function withoutHeaders(storage) {
  return {
    get length() {
      return storage.length;
    },
    getItem: (/** @type {string} */ name) => storage.getItem(name),
    removeItem: (/** @type {string} */ name) => storage.removeItem(name),
    clear: () => storage.clear(),
    setItem(/** @type {string} */ name, /** @type {string} */ value) {
      if (name === 'headers' || name.endsWith(':headers')) return;
      storage.setItem(name, stripped(value));
    },
  };
}

/** @param {string} text */
function stripped(text) {
  if (!text.includes('"headers"')) return text;
  try {
    return JSON.stringify(JSON.parse(text), (key, value) => (key === 'headers' ? undefined : value));
  } catch {
    return text;
  }
}
