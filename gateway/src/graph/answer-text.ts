/** The answer to an operation that is through, or refused, as it is sent. */
import { formatLoose, type GraphError, type ProjectOptions, project } from './answer/project.ts';
import type { SelectionShape } from './answer/shape.ts';
import type { DataObject } from './execute/data.ts';
import type { Run } from './execute/run.ts';
import type { CompiledOperation } from './operation-compiler.ts';
import type { Refusal } from './refusal.ts';
import type { GraphText } from './request.ts';

export function answerText(compiled: CompiledOperation, run: Run, options: ProjectOptions): GraphText {
  const { sole } = run;
  if (sole?.text !== undefined && compiled.isVerbatim(sole)) {
    return { body: sole.text, errors: 0, refusal: undefined, headers: run.replyFields?.fields() };
  }
  const text = run.failed ? undefined : compiled.writeText()(run.data, run.plain);
  if (text !== undefined) {
    const headers = run.replyFields?.fields();
    return { body: `{"data":${text}}`, errors: 0, refusal: undefined, headers };
  }
  const { data, errors } = completed(compiled.shape, run, options);
  const body = errors.length > 0 ? JSON.stringify({ errors, data }) : JSON.stringify({ data });
  if (errors.length > 0) run.replyFields?.forbidCaching();
  return { body, errors: errors.length, refusal: undefined, headers: run.replyFields?.fields() };
}

/** By the book, as objects; errors without a place come last. */
export function completed(
  shape: SelectionShape,
  run: Run,
  options: ProjectOptions,
): { data: DataObject | null; errors: GraphError[] } {
  const { data, errors } = project(shape, run.data, options);
  for (const entry of run.loose) {
    if (errors.length < options.maxErrors) errors.push(formatLoose(entry, options));
  }
  return { data, errors };
}

export function refusalText(refusal: Refusal): GraphText {
  const { errors } = refusal;
  return { body: JSON.stringify({ errors }), errors: errors.length, refusal };
}
