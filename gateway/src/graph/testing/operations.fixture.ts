/** The operations of the test company's graph over a planner that only takes notes. */
import { noLogger } from '../../core/log.ts';
import { graphConfig } from '../config.ts';
import { Operations } from '../operation.ts';
import { loadSupergraph } from '../supergraph/supergraph.ts';
import { companySupergraph } from './company.fixture.ts';

/** `plans` takes what is planned; `onPlan` is called each time. */
export async function makeOperations(
  config: Record<string, unknown>,
  plans: string[],
  onPlan: () => void = () => {},
): Promise<{ readonly operations: Operations }> {
  const supergraph = await loadSupergraph(await companySupergraph());
  supergraph.planner.close();
  const planner = {
    async plan(document: string) {
      plans.push(document.replace(/\s+/g, ' '));
      onPlan();
      return undefined;
    },
    close() {},
  };
  const operations = new Operations(
    { ...supergraph, planner },
    graphConfig.parse({ supergraph: 'x', ...config }),
    {
      callUpstream: () => Promise.reject(new Error('nobody is asked here')),
      upstreamOf: (name) => ({ upstream: name, path: '/' }),
      logger: noLogger,
      maxReplyBytes: 1000,
      errors: { subgraphMessages: false, max: 50 },
    },
  );
  return { operations };
}
