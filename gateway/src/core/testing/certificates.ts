/** Certificates for tests, made by the `openssl` command: an authority of our own and what it signs. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, as files and as text. */
export interface Issued {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  /** Subject alternative names as openssl writes them; `DNS:localhost,IP:127.0.0.1`. */
  readonly names?: string;
  /** Valid until yesterday. */
  readonly expired?: boolean;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** An authority whose files live in a folder that goes with the test. */
export class Authority {
  readonly folder: string;
  readonly caFile: string;
  readonly #keyFile: string;
  #serial = 1;

  constructor(t: { after(end: () => void): void }) {
    this.folder = mkdtempSync(join(tmpdir(), 'frontdesk-tls-'));
    t.after(() => rmSync(this.folder, { recursive: true, force: true }));
    this.caFile = join(this.folder, 'ca.pem');
    this.#keyFile = join(this.folder, 'ca.key');
    openssl(
      ['req', '-x509', ...NEW_KEY, '-days', '2', '-subj', '/CN=Test authority'],
      ['-keyout', this.#keyFile, '-out', this.caFile],
    );
  }

  get ca(): string {
    return readFileSync(this.caFile, 'utf8');
  }

  issue(name: string, options: IssueOptions = {}): Issued {
    const { names = 'DNS:localhost,IP:127.0.0.1', expired = false } = options;
    const at = (suffix: string): string => join(this.folder, `${name}${suffix}`);
    const [certFile, keyFile, request, extensions] = [at('.pem'), at('.key'), at('.csr'), at('.ext')];
    openssl(['req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', request]);
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    this.#serial += 1;
    openssl(
      ['x509', '-req', '-in', request, '-CA', this.caFile, '-CAkey', this.#keyFile, '-extfile', extensions],
      ['-set_serial', String(this.#serial), '-days', expired ? '-1' : '2', '-out', certFile],
    );
    const [cert, key] = [readFileSync(certFile, 'utf8'), readFileSync(keyFile, 'utf8')];
    return { certFile, keyFile, cert, key };
  }
}

function openssl(...args: readonly string[][]): void {
  execFileSync('openssl', args.flat(), { stdio: 'ignore' });
}
