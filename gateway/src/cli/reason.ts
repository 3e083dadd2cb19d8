/** Why something failed, in one line for the operator who asked: a command has no clients to keep it from. */
import { FrontdeskError } from '../core/errors.ts';

export function reasonOf(error: unknown): string {
  if (error instanceof FrontdeskError) return error.detail ?? error.message;
  return error instanceof Error ? error.message : String(error);
}
