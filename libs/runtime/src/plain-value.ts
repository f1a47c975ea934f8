import { AppError, messageOf } from '@release-manager/domain';

const maxDepth = 8;
const maxItems = 1_000;

/** How the parts of a value are written; `key` decides the names whose values are not written at all. */
export interface PlainRules {
  readonly text: (text: string) => string;
  readonly hides: (key: string) => boolean;
  readonly mask: string;
}

/**
 * A copy of any value that JSON can write: errors with their causes, dates, maps, bytes as their number, cycles cut.
 * It never throws, because it serves the log line that explains a failure.
 */
export function plainValue(value: unknown, rules: PlainRules): unknown {
  return visit(value, { rules, above: [] });
}

interface Place {
  readonly rules: PlainRules;
  /** The objects that contain this one: meeting one of them again is a cycle, meeting any other twice is not. */
  readonly above: readonly object[];
}

function visit(value: unknown, place: Place): unknown {
  switch (typeof value) {
    case 'string':
      return place.rules.text(value);
    case 'bigint':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'function':
      return '[function]';
    case 'symbol':
      return place.rules.text(String(value));
    case 'object':
      return value === null ? null : visitObject(value, place);
    case 'boolean':
    case 'undefined':
      return value;
  }
}

function visitObject(value: object, { rules, above }: Place): unknown {
  if (above.includes(value)) return '[circular]';
  if (above.length >= maxDepth) return '[deep]';
  const place = { rules, above: [...above, value] };
  try {
    if (value instanceof Error) return errorFields(value, place);
    if (Array.isArray(value)) return items(value, place);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[invalid date]' : value.toISOString();
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof URL) return rules.text(value.href);
    if (value instanceof Set) return items([...value], place);
    if (value instanceof Map)
      return record(
        [...value].map(([key, item]) => [String(key), item]),
        place,
      );
    return record(Object.entries(value), place);
  } catch (error) {
    return rules.text(`[unreadable: ${messageOf(error)}]`);
  }
}

function items(values: readonly unknown[], place: Place): unknown[] {
  const shown: unknown[] = values.slice(0, maxItems).map((item) => visit(item, place));
  return values.length > maxItems ? [...shown, `[${values.length - maxItems} more]`] : shown;
}

function record(entries: readonly (readonly [string, unknown])[], place: Place): Record<string, unknown> {
  const { rules } = place;
  const shown = entries
    .slice(0, maxItems)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [rules.text(key), rules.hides(key) ? rules.mask : visit(item, place)]);
  return Object.fromEntries(shown) as Record<string, unknown>;
}

/** A stack helps only where the code is at fault; an AppError of another kind says all there is to know. */
function errorFields(error: Error, place: Place): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  if (!(error instanceof AppError)) {
    const errors = error instanceof AggregateError ? (error.errors as unknown[]) : undefined;
    // Whatever else it carries: the code of a system error, the details of a database's.
    const own = Object.entries(error).filter(([key]) => !(key in { name, message, stack, cause, errors }));
    return record([['name', name], ...own, ...Object.entries({ message, errors, cause, stack })], place);
  }
  const { kind, code, next, details } = error;
  const shown = { name, kind, code, message, next, details, cause, stack: kind === 'bug' ? stack : undefined };
  return record(Object.entries(shown), place);
}
