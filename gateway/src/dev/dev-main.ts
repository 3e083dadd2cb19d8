/** What `frontdesk bff dev` starts: little by itself, so that what is compiled is kept from one version to the next. */
import { keepCompiled } from '../cli/compile-cache.ts';
import { readDevOrder } from './dev-order.ts';

keepCompiled();
const order = readDevOrder(process.env);
const { serveForDev } = await import('./dev-child.ts');
const serves = await serveForDev(
  order,
  (message) => void process.send?.(message, undefined, undefined, () => {}),
);
if (!serves) {
  process.exitCode = 1;
  process.disconnect?.();
}
