// Starts the gateway once while the image is built and stops it when it serves, so that what Node compiles is kept in it.
import { spawn } from 'node:child_process';

const [main, config] = process.argv.slice(2);
const gateway = spawn(process.execPath, [main, 'serve', '--config', config, '--workers', '1'], {
  stdio: ['ignore', 'ignore', 'pipe'],
});
let said = '';
gateway.stderr.on('data', (chunk) => {
  said += chunk;
  if (said.includes('Frontdesk serves')) gateway.kill('SIGTERM');
});
gateway.once('exit', (code) => {
  if (code !== 0) process.stderr.write(said);
  process.exit(code ?? 1);
});
