/** The dashboards in gateway/deploy/grafana: sound for any Grafana, and of metrics that there are. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../stack/config.ts';
import { assertAsks, knownSeries } from './known-series.ts';

const FOLDER = join(ROOT, 'gateway/deploy/grafana');
const DATASOURCE = { type: 'prometheus', uid: '$' + '{datasource}' };

/** Every object of a document. */
function* objectsOf(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield { ...value };
  for (const inner of Object.values(value)) yield* objectsOf(inner);
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
  const dashboard: unknown = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
  assert.ok(typeof dashboard === 'object' && dashboard !== null);
  const root: Record<string, unknown> = { ...dashboard };

  test(`${file} can be imported anywhere: no id of its own, data sources by variable, panels that do not overlap`, () => {
    assert.ok(!('id' in root) && typeof root.uid === 'string' && Number(root.schemaVersion) >= 36);
    assert.ok(Array.isArray(root.panels));
    const ids = root.panels.map((panel: { id: number }) => panel.id);
    assert.equal(new Set(ids).size, ids.length);
    const cells = new Set<string>();
    for (const { gridPos, title } of root.panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, title);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          assert.ok(!cells.has(`${x}/${y}`), `${title} lies over another panel`);
          cells.add(`${x}/${y}`);
        }
    }
    for (const object of objectsOf(root)) {
      if ('datasource' in object) assert.deepEqual(object.datasource, DATASOURCE);
    }
  });

  test(`${file} asks for metrics and labels that there are`, () => {
    const known = knownSeries();
    let expressions = 0;
    for (const object of objectsOf(root)) {
      if (typeof object.expr !== 'string') continue;
      expressions += 1;
      assertAsks(known, object.expr, String(object.legendFormat ?? object.name));
      for (const [, label = ''] of String(object.legendFormat ?? '').matchAll(/\{\{(\w+)\}\}/g))
        assert.match(object.expr, new RegExp(`\\b${label}\\b`), `the legend {{${label}}} of ${object.expr}`);
    }
    assert.ok(expressions > 30);
    for (const { definition } of objectsOf(root)) {
      const [, series, label] = /^label_values\((.+), (\w+)\)$/.exec(String(definition ?? '')) ?? [];
      if (series !== undefined) assertAsks(known, `sum by (${label}) (${series})`, 'a variable');
    }
  });
}
