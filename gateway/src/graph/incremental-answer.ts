/** The answer of an operation that puts something off: a stream, or one text where nothing of it is left to send. */
import { incrementalPayloads } from './answer/incremental.ts';
import { formatLoose, type ProjectOptions, project } from './answer/project.ts';
import type { Deferral } from './execute/defer.ts';
import type { Run } from './execute/run.ts';
import type { CompiledOperation } from './operation.ts';
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
  let completed: Parameters<typeof incrementalPayloads>[0]['completed'];
  let errors = 0;
  if (text === undefined) {
    const projected = project(compiled.shape, run.data, options);
    for (const entry of run.loose) {
      if (projected.errors.length < options.maxErrors) projected.errors.push(formatLoose(entry, options));
    }
    completed = projected.data;
    errors = projected.errors.length;
    members = `"data":${JSON.stringify(completed)}`;
    if (errors > 0) members = `"errors":${JSON.stringify(projected.errors)},${members}`;
  }
  const first = { members, data: run.data, completed };
  const payloads = incrementalPayloads(first, compiled.deferred, deferral, options);
  if (payloads) return { kind: 'incremental', payloads };
  if (errors > 0) run.replyFields?.forbidCaching();
  return { body: `{${members}}`, errors, refusal: undefined, headers: run.replyFields?.fields() };
}
