#!/usr/bin/env node
/** The command line: what `npx frontdesk` runs. It loads little by itself: the rest comes when this process is to stay. */
import { keepCompiled } from './cli/compile-cache.ts';
import { enlargeYoungGeneration, thisProcess } from './cli/young-generation.ts';

if (process.argv[2] === 'serve') enlargeYoungGeneration(thisProcess());
keepCompiled();
const [{ run }, { processTerminal }] = await Promise.all([
  import('./cli/program.ts'),
  import('./cli/terminal.ts'),
]);
const code = await run(process.argv.slice(2), processTerminal);
if (code !== 0) process.exitCode = code;
