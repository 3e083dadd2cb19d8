import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { ClientDocuments } from './client-documents.ts';
import { graphConfig } from './config.ts';
import { AutomaticDocuments } from './persisted/automatic.ts';
import { automaticSettingsOf } from './persisted/config.ts';
import { sha256 } from './persisted/manifest.ts';
import { Refusal } from './refusal.ts';
import { testContext } from './testing/company.fixture.ts';
import { makeOperations } from './testing/operations.fixture.ts';

const ME = '{ me { id } }';

test('a registered document takes its own operation, and a valid one alone is kept under its hash', async () => {
  const { operations } = await makeOperations({}, []);
  const config = graphConfig.parse({ supergraph: 'x' });
  const automatic = new AutomaticDocuments(automaticSettingsOf(config.documents) ?? assert.fail());
  const registered = [{ id: 'two', text: `query A ${ME} query B { me { name } }`, operationName: 'B' }];
  const warned: unknown[] = [];
  const nothing = (): void => {};
  const logger: Logger = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (fields) => void warned.push(fields),
  };
  const documents = new ClientDocuments(operations, {
    config,
    clock: new ManualClock(),
    logger,
    registered: [...registered, { id: 'gone', text: '{ gone }', operationName: undefined }],
    automatic,
  });
  await documents.register();
  assert.equal(warned.length, 1);
  const context = testContext();
  const prepared = await documents.prepare({ documentId: 'two', context });
  assert.ok(!(prepared instanceof Refusal) && prepared.operation.name?.value === 'B' && prepared.registered);
  const other = await documents.prepare({ documentId: 'two', operationName: 'A', context });
  assert.ok(!(other instanceof Refusal) && other.operation.name?.value === 'A');

  const extensions = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(text) } });
  await documents.prepare({ query: '{ nowhere }', extensions: extensions('{ nowhere }'), context });
  assert.equal(automatic.size, 0);
  await documents.prepare({ query: ME, extensions: extensions(ME), context });
  assert.equal(automatic.size, 1);
  const again = await documents.prepare({ extensions: extensions(ME), context });
  assert.ok(!(again instanceof Refusal) && again.text === ME);
});
