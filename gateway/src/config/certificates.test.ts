import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Authority } from '../core/testing/certificates.ts';
import { formatFault } from './fault.ts';
import { loadConfig } from './load.ts';

const authority = new Authority({ after });
authority.issue('good');
authority.issue('stranger');
authority.issue('old', { expired: true });
writeFileSync(join(authority.folder, 'noise.pem'), 'no certificate');
writeFileSync(
  join(authority.folder, 'broken.pem'),
  '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
);

/** What is said of an upstream with these TLS settings. */
function said(tls: string): { good: boolean; words: string[] } {
  const file = join(authority.folder, 'frontdesk.yaml');
  writeFileSync(file, `upstreams:\n  users:\n    url: https://127.0.0.1\n    tls: ${tls}\n`);
  const loaded = loadConfig(file, {});
  const words = loaded.ok ? loaded.warnings : loaded.faults;
  return { good: loaded.ok, words: words.map((one) => formatFault(one).slice(file.length)) };
}

describe('the files of an upstream', () => {
  test('are found beside the configuration, and there is nothing to say of good ones', () => {
    assert.deepEqual(said('{ ca: ca.pem, cert: good.pem, key: ./good.key }'), { good: true, words: [] });
  });

  test('that is not there, is no certificate, is broken, or no key', () => {
    for (const [tls, words] of [
      ['{ ca: gone.pem }', /^:4:16: upstreams.users.tls.ca: there is no file/],
      ['{ ca: noise.pem }', /^:4:16: upstreams.users.tls.ca: expected certificates/],
      ['{ ca: broken.pem }', /tls.ca: holds a certificate that cannot be read \(number 1\)/],
      ['{ cert: good.pem, key: noise.pem }', /tls.key: expected a private key/],
      ['{ cert: good.pem, key: stranger.key }', /tls.key: is not the key of the certificate beside it/],
    ] as const) {
      const { good, words: all } = said(tls);
      assert.equal(good, false);
      assert.equal(all.length, 1, all.join('\n'));
      assert.match(all[0] ?? '', words);
    }
  });

  test('whose time is over are warned of', () => {
    const { good, words } = said('{ cert: old.pem, key: old.key }');
    assert.equal(good, true);
    assert.match(words[0] ?? '', /tls.cert: CN=old was valid until 20/);
  });

  test('that nobody looks at are warned of loudly', () => {
    const { good, words } = said('{ insecureSkipVerify: true }');
    assert.equal(good, true);
    assert.match(words[0] ?? '', /insecureSkipVerify: takes any certificate/);
  });
});

describe('the files of a listener', () => {
  const list = authority.revoke('list');
  authority.revoke('late', [], { outdated: true });

  function saidOfListener(tls: string): string[] {
    const file = join(authority.folder, 'frontdesk.yaml');
    writeFileSync(file, `listen:\n  tls: { cert: good.pem, key: good.key, ${tls} }\n`);
    const loaded = loadConfig(file, {});
    const words = loaded.ok ? loaded.warnings : loaded.faults;
    return words.map((one) => formatFault(one).slice(file.length));
  }

  test("of clients' authorities and of lists, alone or several", () => {
    assert.deepEqual(saidOfListener(`clientCa: ca.pem, crl: [${list}]`), []);
    assert.match(
      saidOfListener('clientCa: [ca.pem, noise.pem]').join(),
      /clientCa\[1\]: expected certificates/,
    );
    assert.match(saidOfListener('clientCa: gone.pem').join(), /clientCa: there is no file/);
    assert.match(
      saidOfListener('clientCa: ca.pem, crl: ca.pem').join(),
      /crl: expected certificate revocation/,
    );
    assert.match(saidOfListener('clientCa: ca.pem, crl: late.crl').join(), /crl: a list was good until 20/);
    assert.match(saidOfListener('crl: late.crl').join(), /tls.crl: needs clientCa/);
  });
});
