/** Why a listener could not start, in words that say what to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly host: string;
  readonly port: number;
  /** Node's error code, such as `EADDRINUSE`. */
  readonly code: string;

  /** `socket`: the file, where it was to be that in place of host and port. */
  constructor(host: string, port: number, option: string, cause: NodeJS.ErrnoException, socket?: string) {
    const why =
      socket === undefined
        ? `${reason(host, port, cause.code)}: choose another with ${option}`
        : `cannot listen on ${socket} (${cause.code ?? 'unknown error'}): choose another with listen.socket`;
    super(why, { cause });
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
