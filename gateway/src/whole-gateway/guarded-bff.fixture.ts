/** A BFF whose screens ask policies of the process that it runs in. */
import { defineBackends, defineBff } from '../bff/index.ts';

const { part, screen } = defineBackends({});
/** How often a part of it ran. */
export const ran = { parts: 0 };
const parts = {
  text: part(async () => {
    ran.parts += 1;
    return 'shown';
  }),
};
const field = { path: '/ours', field: 'ours', policies: ['ours'], parts } as const;
const asked = { path: '/asked', field: 'asked', policies: ['elsewhere'], parts } as const;

export default defineBff({
  name: 'guarded',
  schema: `
    type Query { ours: Ours, asked: Asked }
    type Ours { text: String }
    type Asked { text: String }
  `,
  screens: [screen(field), screen(asked)],
});
