/** The cases and faults of the graph once more, in a process where Apollo's planner plans everything. */
process.env.FRONTDESK_TEST_PLANNER = 'apollo';
await import('./graph.test.ts');
await import('./faults.test.ts');
