/** The answer of an operation that puts something off: a stream, or one text where nothing of it is left to send. */
import { type FirstPayload, incrementalPayloads } from './answer/incremental.ts';
import type { ProjectOptions } from './answer/project.ts';
import { completed } from './answer-text.ts';
import type { Deferral } from './execute/defer.ts';
import type { Run } from './execute/run.ts';
import type { CompiledOperation } from './operation-compiler.ts';
import type { GraphStream, GraphText } from './request.ts';

/** `run` is through with all that is answered at once. */
export function incrementalAnswer(
  compiled: CompiledOperation,
  run: Run,
  deferral: Deferral,
  options: ProjectOptions,
): GraphText | GraphStream {
  const clean = !run.failed && !deferral.run.failed;
  const text = clean ? compiled.writeText()(run.data, false) : undefined;
  let members = `"data":${text}`;
  let sent: FirstPayload['completed'];
  let errors = 0;
  if (text === undefined) {
    const whole = completed(compiled.shape, run, options);
    sent = whole.data;
    errors = whole.errors.length;
    members = `"data":${JSON.stringify(sent)}`;
    if (errors > 0) members = `"errors":${JSON.stringify(whole.errors)},${members}`;
  }
  const first = { members, data: run.data, completed: sent };
  const payloads = incrementalPayloads(first, compiled.deferred, deferral, options);
  if (payloads) return { kind: 'incremental', payloads };
  if (errors > 0) run.replyFields?.forbidCaching();
  return { body: `{${members}}`, errors, refusal: undefined, headers: run.replyFields?.fields() };
}
