/** Why a listener could not start, in words that say what to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly host: string;
  readonly port: number;
  /** Node's error code, such as `EADDRINUSE`. */
  readonly code: string;

  constructor(host: string, port: number, option: string, cause: NodeJS.ErrnoException) {
    super(`${reason(host, port, cause.code)}: choose another with ${option}`, { cause });
    this.host = host;
    this.port = port;
    this.code = cause.code ?? 'UNKNOWN';
  }
}

function reason(host: string, port: number, code: string | undefined): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is already in use`;
    case 'EACCES':
      return `port ${port} on ${host} needs more rights than this process has`;
    case 'EADDRNOTAVAIL':
      return `${host} is no address of this machine`;
    case 'ENOTFOUND':
      return `the host ${host} is not known`;
    default:
      return `cannot listen on ${host}:${port} (${code ?? 'unknown error'})`;
  }
}
