/** The configuration that commands read where none is named: in the current folder. */
export const DEFAULT_FILE = 'frontdesk.yaml';
