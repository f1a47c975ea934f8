import { inspectArchive } from '@release-manager/archive';
import type { ArtifactSpec } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

import { readSpec } from '../artifacts/index.ts';
import type { IncomingName } from './incoming-key.ts';

/**
 * What an object says it is. Whoever wrote it may write below `incoming/<service>/` and nowhere else, so what it says of
 * service and id must be what its key says.
 * @throws AppError invalid `archive.…`, `artifact.no-spec`, `artifact.spec`, `incoming.id-mismatch`
 */
export async function readIncomingSpec(zip: Buffer, name: IncomingName): Promise<ArtifactSpec> {
  const { files } = await inspectArchive(zip);
  const { spec, problem } = readSpec(files);
  if (spec === undefined)
    throw new AppError('invalid', problem.rule, problem.message, { next: 'pack the artifact anew' });
  if (spec.service === name.service && spec.id === name.id) return spec;
  const said = `the artifact ${spec.id} of ${spec.service}`;
  throw new AppError(
    'invalid',
    'incoming.id-mismatch',
    `It lies where ${name.id} of ${name.service} belongs, and is ${said}.`,
    {
      next: 'upload it to incoming/<service>/<id>.zip with what its artifact.json says',
    },
  );
}
