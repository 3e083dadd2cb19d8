/** What operators decide on splits: `POST /admin/splits/NAME` with a weight, `rollback` or `resume`. */
import { z } from 'zod';
import { FrontdeskError } from '../../core/errors.ts';

export type SplitDecision =
  | { readonly kind: 'rollback' }
  | { readonly kind: 'resume' }
  /** A part of all calls, from 0 to 1. */
  | { readonly kind: 'weight'; readonly share: number };

/** A split, as far as an operator moves it. */
export interface AdminSplit {
  /** The first is the stable one. */
  readonly sides: readonly string[];
  /** False where the shares would add up to more than everything. */
  decide(side: number, decision: SplitDecision): boolean;
  /** Whether all processes have, or will have, what was decided last; `undefined` where there are no others. */
  readonly told?: Promise<boolean> | undefined;
  view(): object;
}

export interface AdminSplits {
  readonly view: () => unknown;
  readonly find: (name: string) => AdminSplit | undefined;
}

const body = z
  .strictObject({
    side: z.string().min(1).max(64).optional(),
    weight: z.number().min(0).max(100).optional(),
    rollback: z.literal(true).optional(),
    resume: z.literal(true).optional(),
  })
  .refine(
    ({ weight, rollback, resume }) =>
      [weight, rollback, resume].filter((one) => one !== undefined).length === 1,
    { message: 'expected one of weight, rollback and resume' },
  );

/**
 * How the split stands afterwards; `shared: false` where it holds in this process alone, because the others could not be
 * told. Rejects with `not_found`, or `bad_request` with the reasons.
 */
export async function decideSplit(splits: AdminSplits, name: string, value: unknown): Promise<object> {
  const split = splits.find(name);
  if (!split) throw new FrontdeskError('not_found', { detail: 'no such split' });
  const parsed = body.safeParse(value);
  if (!parsed.success)
    throw refused(parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`));
  const { side = split.sides[1] ?? '', weight, rollback } = parsed.data;
  const index = split.sides.indexOf(side);
  if (index < 1) {
    const [stable, ...others] = split.sides;
    throw refused([
      side === stable
        ? `side: ${side} has what the others leave: expected one of ${others.join(', ')}`
        : `side: expected one of ${others.join(', ')}`,
    ]);
  }
  if (!split.decide(index, decisionOf(weight, rollback)))
    throw refused(['weight: with the other sides it is more than 100']);
  const shared = await split.told;
  return shared === undefined ? split.view() : { ...split.view(), shared };
}

function decisionOf(weight: number | undefined, rollback: true | undefined): SplitDecision {
  if (weight !== undefined) return { kind: 'weight', share: weight / 100 };
  return { kind: rollback ? 'rollback' : 'resume' };
}

function refused(reasons: readonly string[]): FrontdeskError {
  return new FrontdeskError('bad_request', { members: { reasons } });
}
