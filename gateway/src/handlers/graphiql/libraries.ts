/**
 * The libraries that the page loads, in their packages' own builds for browsers. In the repository they are read where npm
 * has put those packages, which only development needs; a packed gateway brings these files in a folder beside this
 * module, and none of the hundred packages that they were built from.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The name that the page uses → package, and the file in it. */
const OF_PACKAGES: Readonly<Record<string, readonly [string, string]>> = {
  'react.js': ['react', 'umd/react.production.min.js'],
  'react-dom.js': ['react-dom', 'umd/react-dom.production.min.js'],
  'graphiql.js': ['graphiql', 'graphiql.min.js'],
  'graphiql.css': ['graphiql', 'graphiql.min.css'],
};
const LICENCE = 'LICENSE';

/** Where each library is, by the name that the page uses. Throws where neither folder nor packages are there. */
export function libraryPaths(packed = join(import.meta.dirname, 'libraries')): ReadonlyMap<string, string> {
  const pathOf = existsSync(packed)
    ? (name: string) => join(packed, name)
    : (_name: string, [packageName, file]: readonly [string, string]) => inPackage(packageName, file);
  return new Map(Object.entries(OF_PACKAGES).map(([name, place]) => [name, pathOf(name, place)]));
}

/** What packing puts into the folder: the libraries and their packages' licences, file by file, and where each is. */
export function filesToPack(): ReadonlyMap<string, string> {
  const packages = new Set(Object.values(OF_PACKAGES).map(([packageName]) => packageName));
  const licences = [...packages].map((name) => [`${name}.${LICENCE}`, inPackage(name, LICENCE)] as const);
  const libraries = Object.entries(OF_PACKAGES).map(([name, place]) => [name, inPackage(...place)] as const);
  return new Map([...libraries, ...licences]);
}

function inPackage(packageName: string, file: string): string {
  // Their `exports` name no build for browsers, but their manifests.
  const manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
  return join(dirname(manifest), file);
}
