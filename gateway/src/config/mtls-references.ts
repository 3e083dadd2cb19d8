/** What `auth.mtls` needs of other sections: somebody must ask clients for certificates, or tell of them. */
import { type Fault, faultAt, type Path } from './fault.ts';
import { child, type MapNode, positionOf } from './tree.ts';

/** Certificates of consumers that nobody looks at. */
export function mtlsWarnings(root: MapNode): Fault[] {
  const consumers = child(root, 'consumers');
  if (child(child(root, 'auth'), 'mtls') || consumers?.kind !== 'list') return [];
  const at = consumers.items.findIndex((consumer) => child(consumer, 'certificates') !== undefined);
  if (at < 0) return [];
  const path: Path = ['consumers', at, 'certificates'];
  return [
    faultAt(positionOf(root, path), path, 'mean nothing: expected auth.mtls, for routes to ask for them'),
  ];
}

export function mtlsFaults(root: MapNode): Fault[] {
  const mtls = child(child(root, 'auth'), 'mtls');
  if (!mtls) return [];
  const path: Path = ['auth', 'mtls'];
  const fault = (at: Path, message: string): Fault => faultAt(positionOf(root, at), at, message);
  const listen = child(root, 'listen');
  const forwarded = child(mtls, 'forwarded');
  if (!forwarded) {
    if (child(child(listen, 'tls'), 'clientCa')) return [];
    const said = 'no client can show a certificate: expected listen.tls.clientCa, or auth.mtls.forwarded';
    return [fault(path, said)];
  }
  const faults: Fault[] = [];
  const at: Path = [...path, 'forwarded'];
  if (!child(listen, 'trustedProxies')) {
    faults.push(fault(at, 'is believed of nobody: expected the proxies in listen.trustedProxies'));
  }
  const allowPlain = child(forwarded, 'allowPlain');
  if (!child(listen, 'tls') && !(allowPlain?.kind === 'scalar' && allowPlain.value === true)) {
    faults.push(
      fault(at, 'is ignored on a listener without TLS: expected listen.tls, or allowPlain: true beside it'),
    );
  }
  return faults;
}
