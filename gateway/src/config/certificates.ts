/**
 * Certificates and keys that a configuration names, looked into while it is loaded: a file that is none, a key that is
 * another certificate's and a certificate whose time is over come to light before anybody connects.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readRevocationLists } from '../wire/trust/revocation-list.ts';
import { type Fault, faultAt, type Path } from './fault.ts';
import type { References } from './references.ts';
import type { ReadText } from './substitution.ts';
import { child, type MapNode, type Node, positionOf, type ScalarNode } from './tree.ts';

const BEGIN = '-----BEGIN CERTIFICATE-----';
const END = '-----END CERTIFICATE-----';

/** Looks at every `tls` section, whose paths are absolute by now. `now`: epoch milliseconds. */
export function checkCertificates(root: MapNode, read: ReadText, now: number): References {
  const check = new Check(root, read, now);
  const upstreams = child(root, 'upstreams');
  if (upstreams?.kind === 'map') {
    for (const [name, { value }] of upstreams.entries) {
      check.section(child(value, 'tls'), ['upstreams', name, 'tls']);
    }
  }
  const listen = child(child(root, 'listen'), 'tls');
  check.section(listen, ['listen', 'tls']);
  const others = child(listen, 'others');
  if (others?.kind === 'list') {
    for (const [i, other] of others.items.entries()) check.section(other, ['listen', 'tls', 'others', i]);
  }
  return check;
}

class Check implements References {
  readonly faults: Fault[] = [];
  readonly warnings: Fault[] = [];
  readonly #root: MapNode;
  readonly #read: ReadText;
  readonly #now: number;

  constructor(root: MapNode, read: ReadText, now: number) {
    this.#root = root;
    this.#read = read;
    this.#now = now;
  }

  section(tls: Node | undefined, path: Path): void {
    if (tls?.kind !== 'map') return;
    this.#certificates(child(tls, 'ca'), [...path, 'ca']);
    for (const [node, at] of oneOrMore(child(tls, 'clientCa'), [...path, 'clientCa']))
      this.#certificates(node, at);
    for (const [node, at] of oneOrMore(child(tls, 'crl'), [...path, 'crl'])) this.#lists(node, at);
    const [own] = this.#certificates(child(tls, 'cert'), [...path, 'cert']);
    const key = this.#key(child(tls, 'key'), [...path, 'key']);
    if (own && key && !own.checkPrivateKey(key)) {
      this.#say(this.faults, [...path, 'key'], 'is not the key of the certificate beside it');
    }
    const skip = child(tls, 'insecureSkipVerify');
    if (skip?.kind === 'scalar' && skip.value === true) {
      const said = 'takes any certificate: whoever is on the way can read and change everything';
      this.#say(this.warnings, [...path, 'insecureSkipVerify'], said);
    }
  }

  /** The certificates of a file, ours first. */
  #certificates(node: Node | undefined, path: Path): X509Certificate[] {
    const text = this.#textOf(node, path);
    if (text === undefined) return [];
    const found: X509Certificate[] = [];
    for (const part of text.split(BEGIN).slice(1)) {
      const certificate = parsed(() => new X509Certificate(BEGIN + part.slice(0, part.indexOf(END)) + END));
      if (certificate) found.push(certificate);
      else
        this.#say(this.faults, path, `holds a certificate that cannot be read (number ${found.length + 1})`);
    }
    if (found.length === 0 && !text.includes(BEGIN)) {
      this.#say(this.faults, path, `expected certificates (PEM), and there is none in it`);
    }
    for (const { validToDate, subject } of found) {
      if (validToDate.getTime() >= this.#now) continue;
      const name = subject?.replaceAll('\n', ', ') ?? 'a certificate';
      this.#say(this.warnings, path, `${name} was valid until ${validToDate.toISOString()}`);
    }
    return found;
  }

  #lists(node: Node, path: Path): void {
    const text = this.#textOf(node, path);
    if (text === undefined) return;
    const lists = parsed(() => readRevocationLists(text));
    if (!lists) this.#say(this.faults, path, 'expected certificate revocation lists (PEM)');
    for (const { nextUpdate } of lists ?? []) {
      if (nextUpdate === undefined || nextUpdate >= this.#now) continue;
      const until = new Date(nextUpdate).toISOString();
      this.#say(
        this.warnings,
        path,
        `a list was good until ${until}: no client certificate is taken after it`,
      );
    }
  }

  #key(node: Node | undefined, path: Path): KeyObject | undefined {
    const text = this.#textOf(node, path);
    if (text === undefined) return undefined;
    const key = parsed(() => createPrivateKey(text));
    if (!key) this.#say(this.faults, path, 'expected a private key (PEM) without a passphrase');
    return key;
  }

  #textOf(node: Node | undefined, path: Path): string | undefined {
    if (node?.kind !== 'scalar' || !namesFile(node)) return undefined;
    const found = this.#read(node.value);
    if (found.ok) return found.text;
    // That there is no such file is said of every setting that names one, in one place.
    if (found.reason !== 'there is no such file') {
      this.#say(this.faults, path, `"${node.value}" cannot be read: ${found.reason}`);
    }
    return undefined;
  }

  #say(list: Fault[], path: Path, message: string): void {
    list.push(faultAt(positionOf(this.#root, path), path, message));
  }
}

/** A setting that is a file or a list of them. */
function oneOrMore(node: Node | undefined, path: Path): [Node, Path][] {
  if (!node) return [];
  return node.kind === 'list' ? node.items.map((item, i) => [item, [...path, i]]) : [[node, path]];
}

function namesFile(node: ScalarNode): node is ScalarNode & { readonly value: string } {
  return typeof node.value === 'string' && node.value !== '' && !node.faulty;
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
