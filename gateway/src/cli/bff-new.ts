/** `frontdesk bff new`: a package that works at once. */
import { relative, resolve } from 'node:path';
import { gatewaySource, installedAt } from '../scaffold/gateway-source.ts';
import { makePackage } from '../scaffold/new-package.ts';
import { NewPackageError } from '../scaffold/new-upstream.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

export interface BffNewOptions {
  /** Default: the name, in the current folder. */
  readonly dir?: string;
  readonly upstream?: readonly string[];
  /** What npm is told of the gateway. Default: as this one was installed. */
  readonly gateway?: string;
}

export async function bffNew(name: string, options: BffNewOptions, terminal: Terminal): Promise<number> {
  const { dir = name, upstream: upstreams = [] } = options;
  const gateway = options.gateway ?? gatewaySource(installedAt(import.meta.filename));
  try {
    const made = await makePackage({ name, folder: dir, gateway, upstreams });
    for (const path of made.files) terminal.out(`${dir}/${path}\n`);
    for (const note of made.notes) terminal.err(`note: ${note}\n`);
    const into = relative(process.cwd(), resolve(dir)) || '.';
    terminal.out(`
A BFF that shows its first screen. Next:

  cd ${into} && npm install
  npm test
  npm run dev

and, in another terminal: curl 'http://127.0.0.1:4030${made.target}'
`);
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof NewPackageError)) throw error;
    terminal.err(`${error.message}\n`);
    return EXIT_FAILED;
  }
}
