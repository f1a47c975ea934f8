import type { BodyOf, Operations } from '@release-manager/contract';
import { actorName, AppError, compact } from '@release-manager/domain';

import { cutPage, parseIdCursor, type Principal, type Routes } from '../../http/index.ts';
import type { Rights } from '../access/index.ts';
import { assertEnvironments, type ConfigRepo } from '../config-repo/index.ts';
import { findService, toReleaseView } from '../releases/index.ts';
import { staleSince } from './check-holds.ts';
import { HoldStore } from './hold-store.ts';
import { holdTarget, type HoldOutcome } from './hold-target.ts';
import { toHoldView } from './hold-view.ts';
import type { Hold, Target } from './hold.ts';
import { resumeTarget, whatWouldResume, type Resumed, type ResumeDeps } from './resume-target.ts';
import { minute } from './stop-words.ts';

export interface HoldRouteDeps extends ResumeDeps {
  readonly repo: Pick<ConfigRepo, 'snapshot'>;
  readonly rights: Rights;
}

/** A time beyond it is a mistake, such as one in milliseconds. */
const longestHoldMs = 366 * 24 * 3600 * 1000;

/** Pausing automation, and letting it go on. */
export function createHoldRoutes(deps: HoldRouteDeps): Routes<'setHold' | 'liftHold' | 'listHolds'> {
  const { database, repo, rights, now } = deps;
  const assertMayHold = async (principal: Principal, { service, environment }: Target): Promise<void> => {
    const { name, owner } = await findService(database.db, service);
    rights.assertMay(principal, { verb: 'hold', service: name, environment, owner });
  };
  return {
    async setHold({ principal, actor, params, body }) {
      await assertMayHold(principal, params);
      assertEnvironments(repo.snapshot(), [params.environment]);
      const at = now();
      const until = parseUntil(body, at);
      const outcome = await database.transaction((tx) =>
        holdTarget(tx, { ...params, reason: body.reason.trim(), until, actor, at }),
      );
      return compact({
        hold: toHoldView(outcome.hold, at),
        replaced: outcome.replaced && toHoldView(outcome.replaced, at),
        waiting: outcome.waiting && toReleaseView(outcome.waiting),
        onTheirWay: outcome.onTheirWay.map(toReleaseView),
        message: setWords(outcome),
      });
    },

    async liftHold({ principal, actor, params, body }) {
      await assertMayHold(principal, params);
      const dry = body.dryRun === true;
      const resumed = dry ? await whatWouldResume(deps, params) : await resumeTarget(deps, params, actor);
      // A hold may stand where the environment is declared no more; where none stands the name may be a slip.
      if (resumed.holds.length === 0) assertEnvironments(repo.snapshot(), [params.environment]);
      const at = now();
      return {
        holds: resumed.holds.map((hold) => toHoldView(hold, at)),
        resumed: !dry && resumed.holds.length > 0,
        releases: resumed.goesOut.map(toReleaseView),
        stays: resumed.stays.map(({ release, why = 'it does not go out' }) => ({
          release: toReleaseView(release),
          why,
        })),
        message: resumeWords(params, resumed, dry),
      };
    },

    async listHolds({ query: { service, environment, stale, limit, cursor } }) {
      const at = now();
      const endlessSince = stale === true ? staleSince(at) : undefined;
      const filter = { service, environment, endlessSince, after: parseIdCursor('hold', cursor) };
      const found = await new HoldStore(database.db).list(filter, at, limit + 1);
      return cutPage(
        found,
        limit,
        (hold) => toHoldView(hold, at),
        ({ id }) => id,
      );
    },
  };
}

/** @throws AppError invalid `hold.until` */
function parseUntil({ until }: BodyOf<Operations['setHold']>, at: Date): Date | undefined {
  if (until === undefined) return undefined;
  const parsed = new Date(until);
  const left = parsed.getTime() - at.getTime();
  if (left > 0 && left <= longestHoldMs) return parsed;
  const problem = left > 0 ? 'lies more than a year ahead' : 'has passed';
  throw new AppError('invalid', 'hold.until', `${minute(parsed)} ${problem}.`, {
    next: 'give a time to come, such as --until 2h, or leave it out: the hold then stays until somebody resumes',
  });
}

function setWords({ hold, replaced, waiting, onTheirWay }: HoldOutcome): string {
  const { environment, until } = hold;
  return [
    `${environment} is held ${until === undefined ? 'until somebody resumes it' : `until ${minute(until)}`}`,
    ...(replaced === undefined ? [] : [replacedWords(hold, replaced)]),
    ...(waiting === undefined ? [] : [`${waiting.artifactId ?? waiting.id} waits`]),
    ...onTheirWay.map(({ id }) => `${id} was being pushed already and may still arrive`),
  ].join('; ');
}

/** What ends now by itself did not before: whoever set it counts on it, as after a rollback. */
function replacedWords(hold: Hold, replaced: Hold): string {
  const said = `it takes the place of the hold before, which was set by ${actorName(replaced.actor)}: ${replaced.reason}`;
  if (hold.until === undefined || replaced.until !== undefined) return said;
  const { environment, service } = hold;
  return `${said}. That one had no end${replaced.releaseId === undefined ? '' : ', since it is of a rollback'}; if it is to stay so, run \`release-cli hold ${environment} --service ${service}\` without --until`;
}

function resumeWords({ environment }: Target, { holds, goesOut }: Resumed, dry: boolean): string {
  if (holds.length === 0) return `${environment} is not held`;
  const [release] = goesOut;
  const out = release === undefined ? 'nothing' : (release.artifactId ?? release.id);
  return dry ? `${out} would go out to ${environment}` : `automation goes on in ${environment}; ${out} goes out`;
}
