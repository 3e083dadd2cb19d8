/** Certificates for the pages about TLS, made by the `openssl` command: one authority, and what it signs and revokes. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/config.ts';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Writes `ca.pem`, and `NAME.pem` and `NAME.key` for each, into the folder `certs` of an example; returns that folder. */
export function makeCertificates(
  page: string,
  config: string,
  names: Readonly<Record<string, string>>,
): string {
  const folder = join(ROOT, 'node_modules/.cache/frontdesk/docs', page, config, 'certs');
  mkdirSync(folder, { recursive: true });
  const openssl = opensslIn(folder);
  openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    '-days',
    '2',
    '-subj',
    '/CN=Example',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  for (const [name, alternative] of Object.entries(names)) {
    openssl('req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    writeFileSync(join(folder, 'extensions'), `subjectAltName=${alternative}\n`);
    const signed = [
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-extfile',
      'extensions',
      '-days',
      '2',
    ];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`);
  }
  return folder;
}

/** Writes `ca.crl`, in which `revoked` stands. */
export function revoke(folder: string, revoked: string): void {
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(join(folder, 'ca.cnf'), '[ca]\ndefault_ca = this\n[this]\ndatabase = index.txt\n');
  const openssl = opensslIn(folder);
  const authority = ['-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key', '-md', 'sha256'];
  openssl('ca', ...authority, '-revoke', `${revoked}.pem`);
  openssl('ca', ...authority, '-gencrl', '-crldays', '2', '-out', 'ca.crl');
}

function opensslIn(cwd: string): (...args: readonly string[]) => void {
  return (...args) => void execFileSync('openssl', args, { cwd, stdio: 'ignore' });
}
