import packageJson from '../../package.json' with { type: 'json' };

/** The version that runs, as the package says it. */
export const { version } = packageJson;
