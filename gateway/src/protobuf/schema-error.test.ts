import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ProtoSchemaError } from './schema-error.ts';

it('is told by its name', () => assert.equal(new ProtoSchemaError('x').name, 'ProtoSchemaError'));
