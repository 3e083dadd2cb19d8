/** Elements and texts. Whatever came from elsewhere goes in as text, never as markup. */

const SVG = 'http://www.w3.org/2000/svg';

function fill(made, { text, className, on, ...attributes }, children) {
  if (text !== undefined) made.textContent = text;
  if (className) made.setAttribute('class', className);
  for (const [type, listener] of Object.entries(on ?? {})) made.addEventListener(type, listener);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, '');
    else if (value !== undefined && value !== false) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

export function el(name, properties = {}, ...children) {
  return fill(document.createElement(name), properties, children);
}

export function svg(name, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, name), properties, children);
}

/** Makes `parent` hold one element for each item, in order; those that were there stay, and so does what is focused. */
export function reconcile(parent, items, keyOf, make, update) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let child = before.get(key);
    if (child) before.delete(key);
    else {
      child = make(item);
      child.dataset.key = key;
    }
    update(child, item);
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
  }
  for (const child of before.values()) child.remove();
}

export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

export function timeText(ms) {
  if (ms === undefined) return '–';
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 1_000) return `${(ms / 1000).toFixed(2)} s`;
  return ms >= 100 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}

export function rateText(perSecond) {
  if (perSecond === 0) return '0';
  return perSecond >= 100 ? String(Math.round(perSecond)) : perSecond.toFixed(1);
}

export function shareText(share) {
  if (!share) return '0 %';
  const percent = share * 100;
  if (percent < 0.1) return '<0.1 %';
  return `${percent >= 10 || Number.isInteger(percent) ? Math.round(percent) : percent.toFixed(1)} %`;
}

export function bytesText(bytes) {
  const units = ['B', 'KB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function spanText(seconds) {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

export function clockText(at) {
  return new Date(at).toLocaleTimeString('en-GB', { hour12: false });
}

/** A card with a heading. */
export function card(title, ...children) {
  return el('section', { className: 'card' }, el('h2', { text: title }), ...children);
}

export function empty(title, text) {
  return el('div', { className: 'empty' }, el('strong', { text: title }), el('p', { text }));
}

export function chip(text, state) {
  return el('span', { className: `chip ${state}`, text });
}

export async function ask(path, body) {
  const options =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const reply = await fetch(path, options);
  const said = await reply.json().catch(() => ({}));
  if (reply.ok) return said;
  const reasons = said.reasons ??
    said.errors?.map(({ message }) => message) ?? [said.title ?? `HTTP ${reply.status}`];
  throw Object.assign(new Error(reasons.join('; ')), { status: reply.status });
}
