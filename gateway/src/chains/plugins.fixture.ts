/** A folder with a configuration of two routes and one upstream, for tests of what plugins do to it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** The package of a plugin that notes each request in a field. */
export const STAMP = join(import.meta.dirname, '../plugin/stamp.fixture.ts');

const SERVICES = `
upstreams: { users: { url: "http://127.0.0.1:9" } }
routes:
  - { match: { path: /users/* }, to: { upstream: users }, auth: none }
  - { match: { path: /fixed }, to: { fixed: {} }, auth: none }
`;

export interface PluginSite {
  readonly folder: string;
  /** Writes the configuration with this section `plugins`; returns its file. */
  write(plugins: string): string;
}

/** Gone when the tests of the file that asked for it have ended. */
export function pluginSite(): PluginSite {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-plugins-'));
  after(() => rmSync(folder, { recursive: true }));
  return {
    folder,
    write(plugins) {
      const file = join(folder, 'frontdesk.yaml');
      writeFileSync(file, SERVICES + plugins);
      return file;
    },
  };
}
