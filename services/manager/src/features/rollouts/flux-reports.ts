import type { Db } from '@release-manager/postgres';

import type { FluxReports } from '../releases/index.ts';

interface Row {
  readonly environment: string;
  readonly service: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

/** What the daemons told last of the Kustomizations of services. */
export function createFluxReports(): FluxReports {
  return {
    async suspended(db, targets) {
      const rows = targets.length === 0 ? [] : await readSuspended(db, targets);
      return ({ service, environment }) =>
        rows.filter((row) => row.service === service && row.environment === environment);
    },
  };
}

async function readSuspended(
  db: Db,
  targets: readonly { readonly service: string; readonly environment: string }[],
): Promise<readonly Row[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select o.environment, o.service, o.cluster, o.namespace, o.name
     from jsonb_to_recordset(cast(? as jsonb)) as t(environment text, service text)
     join observed_objects o using (environment, service)
     where o.type = 'kustomization' and not o.deleted and o.facts->'suspended' = 'true'::jsonb
     order by o.cluster, o.namespace, o.name`,
    [JSON.stringify(targets.map(({ environment, service }) => ({ environment, service })))],
  );
  return rows;
}
