/** An answer as a plugin has it. What it changes counts when the step returns the answer; else it is as it was. */
import { WholeBody } from '../core/body.ts';
import { HeaderFields } from '../core/headers.ts';
import type { PluginReply } from './definition.ts';
import type { FieldRules } from './field-rules.ts';
import { FieldsView } from './fields-view.ts';

/** What described a body that is not there any more. */
const OF_THE_BODY: readonly string[] = [
  'content-length',
  'content-encoding',
  'content-range',
  'accept-ranges',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'etag',
  'last-modified',
];

export class ReplyView implements PluginReply {
  readonly headers: FieldsView;
  readonly #given: HeaderFields;
  readonly #read: Uint8Array | undefined;
  #status: number;
  #replaced: WholeBody | undefined;
  #isClosed = false;

  constructor(status: number, headers: HeaderFields, rules: FieldRules, read?: Uint8Array) {
    this.#status = status;
    this.#given = headers;
    this.headers = new FieldsView(headers, rules);
    this.#read = read;
  }

  get status(): number {
    return this.#status;
  }

  set status(status: number) {
    this.#mustBeOpen();
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw new TypeError(`${status} is no status of a final answer: expected 200 to 599`);
    this.#status = status;
  }

  get body(): Uint8Array | undefined {
    return this.#replaced?.bytes ?? this.#read;
  }

  replaceBody(body: string | Uint8Array): void {
    this.#mustBeOpen();
    this.#replaced = new WholeBody(body);
  }

  /** The body that was put in the place of the one that came; `undefined` where none was. */
  get replaced(): WholeBody | undefined {
    return this.#replaced;
  }

  /** The fields as they shall be. */
  finalHeaders(): HeaderFields {
    const headers = this.headers.changed ?? this.#given;
    if (!this.#replaced) return headers;
    const final = headers.clone();
    final.filter((name) => !OF_THE_BODY.includes(name));
    return final;
  }

  close(): void {
    this.#isClosed = true;
    this.headers.close('the answer has gone on');
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new TypeError("the answer can't be changed any more: it has gone on");
  }
}

/** An answer that a plugin gives itself. */
export function madeReply(
  rules: FieldRules,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = '',
): ReplyView {
  const view = new ReplyView(200, new HeaderFields(), rules);
  view.status = status;
  for (const [name, value] of Object.entries(headers)) view.headers.set(name, value);
  view.replaceBody(body);
  return view;
}
