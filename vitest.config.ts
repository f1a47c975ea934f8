import { defineConfig } from 'vitest/config';

const everywhere = ['services/*/src', 'libs/*/src', 'policies/src', 'migrations/src', 'tools'];

/**
 * unit: no I/O, one shared module graph (isolation costs more than everything else together).
 * integration: real Postgres, real git over HTTP, loopback servers; one database per file.
 * e2e, failure: whole processes. cluster: the same beside a real Kubernetes with a real Flux (docs/test-cluster.md).
 */
export default defineConfig({
  test: {
    reporters: ['default', './tools/summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: [...everywhere.map((room) => `${room}/**/*.test.ts`), 'test/fuzz/**/*.test.ts'],
          exclude: ['**/*.it.test.ts', '**/node_modules/**'],
          isolate: false,
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: everywhere.map((room) => `${room}/**/*.it.test.ts`),
          globalSetup: ['libs/testing/src/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/{e2e,security}/**/*.test.ts'],
          globalSetup: ['libs/testing/src/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'image',
          include: ['test/image/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 1_200_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: ['libs/testing/src/global-setup.ts', 'test/cluster/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'failure',
          include: ['test/failure/**/*.test.ts'],
          globalSetup: ['libs/testing/src/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
