/** Certificates for tests, made by the `openssl` command: an authority of our own and what it signs. */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
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
  /** Valid from tomorrow. */
  readonly future?: boolean;
  /** `/O=Example/CN=partner`; the name alone by default. */
  readonly subject?: string;
  /** Extended key usages as openssl writes them, such as `serverAuth`; none by default. */
  readonly usage?: string;
}

export interface RevokeOptions {
  /** Until yesterday. */
  readonly outdated?: boolean;
  /** Lines of openssl's configuration, such as `2.5.29.27=critical,DER:020101`. */
  readonly extensions?: string;
}

const DAY_MS = 86_400_000;

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
    const { names = 'DNS:localhost,IP:127.0.0.1', expired = false, future = false, usage } = options;
    const at = (suffix: string): string => join(this.folder, `${name}${suffix}`);
    const [certFile, keyFile, request, extensions] = [at('.pem'), at('.key'), at('.csr'), at('.ext')];
    openssl([
      'req',
      ...NEW_KEY,
      '-subj',
      options.subject ?? `/CN=${name}`,
      '-keyout',
      keyFile,
      '-out',
      request,
    ]);
    writeFileSync(
      extensions,
      `subjectAltName=${names}\n${usage === undefined ? '' : `extendedKeyUsage=${usage}\n`}`,
    );
    this.#serial += 1;
    if (future) this.#issueForTomorrow(request, extensions, certFile);
    else {
      openssl(
        ['x509', '-req', '-in', request, '-CA', this.caFile, '-CAkey', this.#keyFile, '-extfile', extensions],
        ['-set_serial', String(this.#serial), '-days', expired ? '-1' : '2', '-out', certFile],
      );
    }
    const [cert, key] = [readFileSync(certFile, 'utf8'), readFileSync(keyFile, 'utf8')];
    return { certFile, keyFile, cert, key };
  }

  /** Writes its revocation list, in which these certificates stand, and returns the list's file. */
  revoke(
    name: string,
    revoked: readonly Issued[] = [],
    { outdated = false, extensions = '' }: RevokeOptions = {},
  ): string {
    const file = join(this.folder, `${name}.crl`);
    const entries = revoked.map(({ cert }) => {
      const { serialNumber } = new X509Certificate(cert);
      return `R\t491231235959Z\t250101000000Z\t${serialNumber}\tunknown\t/CN=revoked\n`;
    });
    const config = this.#caConfig(entries.join(''), extensions);
    const [last, next] = outdated ? [-2, -1] : [-1, 2];
    openssl(
      ['ca', '-gencrl', '-config', config, '-cert', this.caFile, '-keyfile', this.#keyFile, '-md', 'sha256'],
      ['-crl_lastupdate', daysAway(last), '-crl_nextupdate', daysAway(next), '-out', file],
    );
    return file;
  }

  /** `openssl x509` knows no first day. */
  #issueForTomorrow(request: string, extensions: string, certFile: string): void {
    const config = this.#caConfig('');
    openssl(
      ['ca', '-batch', '-notext', '-config', config, '-cert', this.caFile, '-keyfile', this.#keyFile],
      ['-in', request, '-extfile', extensions, '-out', certFile, '-md', 'sha256', '-policy', 'policy'],
      ['-startdate', daysAway(1), '-enddate', daysAway(2)],
    );
  }

  /** For `openssl ca`, which keeps a register: `index` is what stands in it. */
  #caConfig(index: string, crlExtensions = ''): string {
    const at = (name: string): string => join(this.folder, name);
    writeFileSync(at('index.txt'), index);
    writeFileSync(at('index.txt.attr'), 'unique_subject = no\n');
    writeFileSync(at('serial'), `${(this.#serial + 0x1000).toString(16)}\n`);
    writeFileSync(
      at('ca.cnf'),
      [
        '[ca]\ndefault_ca = this\n[this]',
        `database = ${at('index.txt')}\nserial = ${at('serial')}\nnew_certs_dir = ${this.folder}`,
        crlExtensions === '' ? '' : 'crl_extensions = crl',
        '[policy]\ncommonName = supplied\n',
        `[crl]\n${crlExtensions}\n`,
      ].join('\n'),
    );
    return at('ca.cnf');
  }
}

/** As openssl writes an instant: `20260131120000Z`. */
function daysAway(days: number): string {
  const iso = new Date(Date.now() + days * DAY_MS).toISOString();
  return `${iso.replace(/[-:T]/g, '').slice(0, 14)}Z`;
}

function openssl(...args: readonly string[][]): void {
  execFileSync('openssl', args.flat(), { stdio: 'ignore' });
}
