import { AppError, isDnsLabel } from '@release-manager/domain';
import { matchesGlob } from '@release-manager/policies';
import { z } from 'zod';

const patterns = z.array(z.string().min(1).max(200)).min(1).max(50);
const url = z.url({ protocol: /^https?$/ }).refine((text) => {
  const { username, password } = new URL(text);
  return username === '' && password === '';
}, 'carries a user or password; use `secret` or `token`');

/** What every receiver has. `services` and `environments` are globs; absent means all. */
const shared = {
  name: z.string().refine(isDnsLabel, 'is no DNS label (a-z, 0-9 and "-")'),
  services: patterns.optional(),
  environments: patterns.optional(),
};

const WebhookReceiver = z.strictObject({
  ...shared,
  kind: z.literal('webhook'),
  url,
  /** Key of the signature. */
  secret: z.string().min(24, 'has at least 24 characters'),
  /** Globs of kinds of entries of the record. */
  events: patterns.default(['release.*', 'rollback.*', 'incident.*', 'hold.*', 'quarantine.*']),
});
export type WebhookReceiver = z.infer<typeof WebhookReceiver>;

const GrafanaReceiver = z.strictObject({ ...shared, kind: z.literal('grafana'), url, token: z.string().min(8) });
export type GrafanaReceiver = z.infer<typeof GrafanaReceiver>;

const PagerDutyReceiver = z.strictObject({
  ...shared,
  kind: z.literal('pagerduty'),
  /** Of an Events API v2 integration. */
  routingKey: z.string().regex(/^[0-9a-zA-Z]{32}$/, 'has 32 letters and digits'),
  url: url.default('https://events.pagerduty.com/v2/enqueue'),
});

const Receivers = z
  .array(z.discriminatedUnion('kind', [WebhookReceiver, GrafanaReceiver, PagerDutyReceiver]))
  .max(100)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'two receivers have the same name');
export type Receiver = z.infer<typeof Receivers>[number];

/** @throws AppError invalid `config.invalid`, without any value of the setting: it holds secrets */
export function parseReceivers(text: string): readonly Receiver[] {
  const parsed = Receivers.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the list'}: ${message}`);
  throw invalid(problems.join('; '));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('it is no JSON');
  }
}

function invalid(problem: string): AppError {
  return new AppError('invalid', 'config.invalid', `OUTGOING cannot be read: ${problem}.`, {
    next: 'docs/notifications.md shows its form',
  });
}

/** Whether the receiver hears of this place; what belongs to no service or environment goes to those who ask for all. */
export function concerns(
  { services, environments }: Receiver,
  place: { readonly service: string | null; readonly environment: string | null },
): boolean {
  return fits(services, place.service) && fits(environments, place.environment);
}

function fits(globs: readonly string[] | undefined, name: string | null): boolean {
  return globs === undefined || (name !== null && globs.some((glob) => matchesGlob(glob, name)));
}

/** By its name, as long as it still is of that kind. */
export function findReceiver<Kind extends Receiver['kind']>(
  receivers: readonly Receiver[],
  kind: Kind,
  name: string | undefined,
): Extract<Receiver, { kind: Kind }> | undefined {
  return receivers.find((each): each is Extract<Receiver, { kind: Kind }> => each.kind === kind && each.name === name);
}
