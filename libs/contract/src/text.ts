import { z } from 'zod';

// What people write ends up in commits, messages and pages: control characters are refused at the door.

/** One line of at most so many UTF-16 units. */
export const line = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[^\p{Cc}]*$/u, 'no control characters, one line');

/** Why somebody stops something. It is needed, so it has to hold something that can be seen. */
export const Reason = line(1000)
  .regex(/[\p{L}\p{N}\p{P}\p{S}]/u, 'a reason in words')
  .describe('Why, for whoever finds it later.');

/** As `line`, with line breaks and tabs. */
export const text = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[^\p{Cc}]*(?:[\n\r\t][^\p{Cc}]*)*$/u, 'no control characters');
