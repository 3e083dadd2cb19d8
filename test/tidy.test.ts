/** The house rules that a machine can keep: see CONTRIBUTING.md. Each fault is named with its place. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { findCycles } from './tidy/graph.ts';
import { BFF_DOORS, isKnownRoom, LIBRARIES, mayImport, packageOf, roomOf, TOP_LEVEL } from './tidy/rooms.ts';
import { findFiles, isForTests, PACKAGES, parseSource, ROOT, readSources } from './tidy/source.ts';

const MAX_FILE_LINES = 350;
const MAX_FUNCTION_LINES = 70;
const LOCAL = new Set(['node_modules', '.git', 'coverage']);

/** Code of the gateway that has no test beside it, each with the reason. */
const UNTESTED: Readonly<Record<string, string>> = {
  'gateway/src/main.ts': 'three lines that call the command line; test/e2e runs it',
  'gateway/src/core/exchange.ts': 'types, and one literal of them',
  'gateway/src/core/log.ts': 'types, and a logger that does nothing',
  'gateway/src/dev/dev-main.ts':
    'a process of its own that calls dev-child.ts; test/e2e/bff-dev.test.ts runs it',
  'gateway/src/dev/dev-session.ts': 'starts processes and takes them over; test/e2e/bff-dev.test.ts runs it',
};

/** Values that nobody in the repository imports, each with who does. */
const EXPORTED_FOR_OTHERS: ReadonlySet<string> = new Set([]);

const sources = readSources();
const production = sources.filter(({ path }) => !isForTests(path));

describe('imports', () => {
  test('rooms import only what lies below them', () => {
    const faults = production.flatMap(({ path, imports }) => {
      const from = roomOf(path);
      if (from === undefined) return [];
      if (!isKnownRoom(from)) return [`${path}: ${from} is no room of the tables`];
      return imports.flatMap(({ file, line }) => {
        const to = file === undefined ? undefined : roomOf(file);
        return to === undefined || mayImport(from, to)
          ? []
          : [`${path}:${line}: ${from} may not import ${to}`];
      });
    });
    assert.deepEqual(faults, []);
  });

  test('each library stays in its place, and core needs node alone', () => {
    const faults = sources.flatMap(({ path, imports }) =>
      imports.flatMap(({ specifier, line }) => {
        if (/^(\.|node:)/.test(specifier)) return [];
        if (roomOf(path) === 'core' && !isForTests(path))
          return [`${path}:${line}: core may not import ${specifier}`];
        const library = packageOf(specifier);
        const places = LIBRARIES[library];
        if (!places) return [`${path}:${line}: ${library} has no place in test/tidy/rooms.ts`];
        const fits = places.some((place) => path.startsWith(place)) || isForTests(path);
        return fits ? [] : [`${path}:${line}: ${library} belongs to ${places.join(', ')}`];
      }),
    );
    assert.deepEqual(faults, []);
  });

  test('a relative path never leaves its package; packages meet at their public doors', () => {
    const faults = sources.flatMap(({ path, imports }) =>
      imports.flatMap(({ file, specifier, line }) => {
        const own = `${path.split('/')[0]}/`;
        if (file !== undefined && !file.startsWith(own))
          return [`${path}:${line}: ${specifier} leaves ${own}`];
        const isBff = own.startsWith('bff-') && packageOf(specifier) === '@frontdesk/gateway';
        return isBff && !BFF_DOORS.has(specifier)
          ? [`${path}:${line}: a BFF may not import ${specifier}`]
          : [];
      }),
    );
    assert.deepEqual(faults, []);
  });

  test('a BFF reaches its backends by the doors of its parts alone', () => {
    const faults = production.flatMap(({ path, text, imports }) => {
      if (!path.startsWith('bff-')) return [];
      const direct = imports.filter(({ specifier }) =>
        /^(node:(http|https|http2|net|tls)|undici)$/.test(specifier),
      );
      const fetches = /\bfetch\(/.test(text) ? [`${path}: calls fetch`] : [];
      return [...direct.map(({ specifier, line }) => `${path}:${line}: imports ${specifier}`), ...fetches];
    });
    assert.deepEqual(faults, []);
  });

  test('what serves imports nothing that is for tests', () => {
    const faults = production.flatMap(({ path, imports }) =>
      imports.flatMap(({ file, line }) =>
        file !== undefined && (isForTests(file) || file.endsWith('/manual-clock.ts'))
          ? [`${path}:${line}: ${file}`]
          : [],
      ),
    );
    assert.deepEqual(faults, []);
  });

  test('what a package exports is there', () => {
    assert.deepEqual(
      PACKAGES.flatMap(doorsOf).filter((file) => !file.includes('*') && !existsSync(join(ROOT, file))),
      [],
    );
  });

  test('there is no cycle, not even of types', () => {
    assert.deepEqual(findCycles(sources), []);
    const file = (path: string, other: string) => parseSource(path, `import type { X } from './${other}';`);
    assert.deepEqual(findCycles([file('a.ts', 'b.ts'), file('b.ts', 'a.ts')]), [['a.ts', 'b.ts', 'a.ts']]);
  });

  test('every exported value is imported somewhere', () => {
    const imported = new Set(
      sources.flatMap(({ imports }) =>
        imports.flatMap(({ file, names }) => names.map((name) => `${file}#${name}`)),
      ),
    );
    const doors = new Set(PACKAGES.flatMap(doorsOf));
    const faults = production.flatMap(({ path, exportedValues }) => {
      if (doors.has(path) || imported.has(`${path}#*`)) return [];
      return exportedValues
        .map((name) => `${path}#${name}`)
        .filter((it) => !imported.has(it) && !EXPORTED_FOR_OTHERS.has(it));
    });
    assert.deepEqual(faults, []);
  });
});

/** The files that a package's `exports` name. */
function doorsOf(name: string): string[] {
  const manifest: { exports?: Record<string, string> } = JSON.parse(
    readFileSync(join(ROOT, name, 'package.json'), 'utf8'),
  );
  return Object.values(manifest.exports ?? {}).map((file) => join(name, file));
}

describe('files', () => {
  test('every file of the gateway with code has its test beside it', () => {
    const paths = new Set(sources.map(({ path }) => path));
    const untested = production.filter(
      ({ path, isTypesOnly }) =>
        path.startsWith('gateway/src/') && !isTypesOnly && !paths.has(path.replace(/\.ts$/, '.test.ts')),
    );
    assert.deepEqual(
      untested.map(({ path }) => path).filter((path) => !Object.hasOwn(UNTESTED, path)),
      [],
    );
    for (const path of Object.keys(UNTESTED))
      assert.ok(
        untested.some((file) => file.path === path),
        `${path} needs no exception`,
      );
  });

  test(`no file has more than ${MAX_FILE_LINES} lines, no function more than ${MAX_FUNCTION_LINES}`, () => {
    const long = sources
      // What is generated is as long as its source says.
      .filter(({ lines, text }) => lines > MAX_FILE_LINES && !text.startsWith('// Generated by'))
      .map(({ path, lines }) => `${path}: ${lines} lines`);
    const functions = production.flatMap(({ path, functions: all }) =>
      all
        .filter(({ lines }) => lines > MAX_FUNCTION_LINES)
        .map(({ name, line, lines }) => `${path}:${line}: ${name} has ${lines} lines`),
    );
    assert.deepEqual([...long, ...functions], []);
  });

  test('names are kebab-case, and none says nothing', () => {
    const faults = sources.filter(({ path }) => {
      const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.ts$/, '');
      return (
        !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|fixture|lua|lua\.test|d))?$/.test(name) ||
        /^(utils?|helpers?|common|misc|manager)$/.test(name)
      );
    });
    assert.deepEqual(
      faults.map(({ path }) => path),
      [],
    );
  });

  test('nothing is left over: markers, focused tests, ways around the types', () => {
    const markers = /\b(TODO|FIXME|XXX)\b|@ts-(ignore|nocheck|expect-error)/;
    const faults = sources.flatMap(({ path, text, evasions }) => {
      if (path === 'test/tidy.test.ts') return [];
      return text.split('\n').flatMap((line, i) => {
        const isLeft = markers.test(line) || evasions.includes(i + 1);
        return isLeft ? [`${path}:${i + 1}: ${line.trim()}`] : [];
      });
    });
    assert.deepEqual(faults, []);
  });

  test('a way around the types is seen wherever it stands, and the word alone is none', () => {
    const written = [
      '// is any: fine',
      '/* x */ let a: any;',
      'class B { *c(): any {} }',
      'test.only("d", e);',
      'let any = 1;',
    ];
    assert.deepEqual(parseSource('x.ts', written.join('\n')).evasions, [2, 3, 4]);
  });

  test('the root holds what it must and nothing else', () => {
    assert.deepEqual(
      readdirSync(ROOT).filter((name) => !TOP_LEVEL.has(name) && !LOCAL.has(name)),
      [],
    );
    assert.deepEqual(
      [...TOP_LEVEL].filter((name) => !existsSync(join(ROOT, name))),
      [],
    );
  });

  test('the lock file names no registry', () => {
    assert.doesNotMatch(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'), /"resolved": "[a-z+]+:/);
  });

  test('versions of dependencies are exact', () => {
    const faults = ['.', ...PACKAGES].flatMap((name) => {
      const manifest: Record<string, Record<string, string>> = JSON.parse(
        readFileSync(join(ROOT, name, 'package.json'), 'utf8'),
      );
      const all = { ...manifest.dependencies, ...manifest.devDependencies };
      return Object.entries(all).flatMap(([library, version]) =>
        /^(npm:[a-z@/-]+@)?\d+\.\d+\.\d+/.test(version) ? [] : [`${name}: ${library} ${version}`],
      );
    });
    assert.deepEqual(faults, []);
  });
});

describe('documents', () => {
  const documents = ['.', ...PACKAGES].flatMap((directory) =>
    directory === '.'
      ? readdirSync(ROOT).filter((name) => name.endsWith('.md'))
      : findFiles(directory, (name) => name.endsWith('.md')),
  );

  test('every relative link leads somewhere', () => {
    const faults = documents.flatMap((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8').replaceAll(/```.*?```/gs, '');
      const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap((match) => match[1] ?? []);
      return links
        .filter((link) => {
          const [file = ''] = link.split('#');
          return !/^[a-z]+:/.test(link) && file !== '' && !existsSync(join(ROOT, dirname(path), file));
        })
        .map((link) => `${path}: ${link}`);
    });
    assert.deepEqual(faults, []);
  });

  test('gateway/docs/ERRORS.md tells of every error code with its status, and of no other', () => {
    const table = readFileSync(join(ROOT, 'gateway/src/core/errors.ts'), 'utf8');
    const codes = [...table.matchAll(/^ {2}([a-z_]+): \{\s*status: (\d+)/gm)].map(
      (match) => `${match[1]} ${match[2]}`,
    );
    const page = readFileSync(join(ROOT, 'gateway/docs/ERRORS.md'), 'utf8');
    const told = [...page.matchAll(/^\| `([a-z_]+)` \| (\d+) \|/gm)].map(
      (match) => `${match[1]} ${match[2]}`,
    );
    assert.ok(codes.length > 0);
    assert.deepEqual(told.sort(), codes.sort());
  });
});
