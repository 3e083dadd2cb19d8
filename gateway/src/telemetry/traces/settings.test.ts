import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tracesConfig } from './config.ts';
import { type Environment, exportSettings, isDisabled } from './settings.ts';

const settings = (config: unknown, environment: Environment = {}) =>
  exportSettings(tracesConfig.parse(config), environment);

test('without a word of anybody spans go to the collector of this machine, as protobuf', () => {
  assert.deepEqual(settings({}), {
    url: 'http://127.0.0.1:4318/v1/traces',
    protocol: 'http/protobuf',
    headers: {},
    resource: { 'service.name': 'frontdesk' },
  });
});

test('the environment fills what the configuration leaves open', () => {
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example:4318/otlp/',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_HEADERS: 'X-Key=a%20b, x-other=c',
    OTEL_SERVICE_NAME: 'edge',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod,service.name=other,odd',
  };
  assert.deepEqual(settings({}, environment), {
    url: 'https://collector.example:4318/otlp/v1/traces',
    protocol: 'http/json',
    headers: { 'x-key': 'a b', 'x-other': 'c' },
    resource: { 'service.name': 'edge', 'deployment.environment.name': 'prod' },
  });
});

test('the configuration counts before the environment, and a variable for traces before one for all', () => {
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all.example:4318',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces.example:4318/in',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-key=environment',
    OTEL_SERVICE_NAME: 'edge',
    OTEL_RESOURCE_ATTRIBUTES: 'team=a,zone=z',
  };
  // The address for traces alone is taken as it is.
  assert.equal(settings({}, environment).url, 'http://traces.example:4318/in');
  const told = settings(
    {
      endpoint: 'http://own.example:1',
      headers: { 'X-Key': 'own' },
      service: 'desk',
      resource: { team: 'b' },
    },
    environment,
  );
  assert.equal(told.url, 'http://own.example:1/v1/traces');
  assert.deepEqual(told.headers, { 'x-key': 'own' });
  assert.deepEqual(told.resource, { 'service.name': 'desk', team: 'b', zone: 'z' });
  assert.equal(settings({ endpoint: 'http://own.example:1/otlp/in' }).url, 'http://own.example:1/otlp/in');
});

test('what makes no sense in the environment is as if it were not there', () => {
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_SERVICE_NAME: ' ',
    OTEL_RESOURCE_ATTRIBUTES: 'a=%zz',
  };
  assert.deepEqual(settings({}, environment), {
    url: 'http://127.0.0.1:4318/v1/traces',
    protocol: 'http/protobuf',
    headers: {},
    resource: { 'service.name': 'frontdesk', a: '%zz' },
  });
});

test('one variable switches it off', () => {
  assert.equal(isDisabled({ OTEL_SDK_DISABLED: 'True' }), true);
  assert.equal(isDisabled({ OTEL_SDK_DISABLED: 'yes' }), false);
  assert.equal(isDisabled({}), false);
});
