/** An answer that is always the same: maintenance notes, `robots.txt`, a well-known document. */
import { WholeBody } from '../core/body.ts';
import { type Handler, makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';

export interface FixedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function fixedHandler({ status, headers, body }: FixedAnswer): Handler {
  const fields = HeaderFields.of(headers);
  if (body !== '' && !fields.has('content-type')) fields.set('content-type', 'text/plain; charset=utf-8');
  const content = new WholeBody(body);
  // The fields are cloned because steps on the way back add theirs.
  return async () => makeReply(status, fields.clone(), content);
}
