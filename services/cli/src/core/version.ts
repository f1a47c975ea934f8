import manifest from '../../package.json' with { type: 'json' };

/** The version of this program; the manager that serves it as one file has the same. */
export const version: string = manifest.version;
