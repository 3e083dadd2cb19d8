#!/usr/bin/env node
/** The command line: what `npx frontdesk` runs. */
import { run } from './cli/program.ts';
import { processTerminal } from './cli/terminal.ts';

const code = await run(process.argv.slice(2), processTerminal);
if (code !== 0) process.exitCode = code;
