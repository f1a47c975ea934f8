import { z } from 'zod';

import type { Operation } from './operation.ts';
import { operations } from './operations.ts';
import { Problem } from './problem.ts';

/** The OpenAPI 3.1 document of the whole table. */
export function openApiDocument(version: string, url: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of Object.values(operations)) {
    const path = (paths[operation.path] ??= {});
    path[operation.method] = describe(operation);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'release-manager', version, license: { name: 'Apache-2.0' } },
    servers: [{ url }],
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: schema(Problem) },
    },
    paths,
  };
}

function describe(operation: Operation): Record<string, unknown> {
  const status = String(operation.status ?? 200);
  const media = operation.id === 'followEvents' ? 'text/event-stream' : 'application/json';
  const hasBody = operation.method !== 'get' && operation.method !== 'delete';
  return {
    operationId: operation.id,
    summary: operation.summary,
    security: operation.callers.includes('anonymous') ? [] : [{ token: [] }],
    'x-callers': operation.callers,
    parameters: [...parameters(operation.params, 'path'), ...parameters(operation.query, 'query')],
    ...(hasBody
      ? {
          requestBody: { required: true, content: { 'application/json': { schema: schema(operation.body, 'input') } } },
        }
      : {}),
    responses: {
      [status]: { description: operation.summary, content: { [media]: { schema: schema(operation.result) } } },
      default: {
        description: 'A problem',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function parameters(type: z.ZodType, place: 'path' | 'query'): unknown[] {
  const { properties, required } = schema(type, 'input') as {
    properties?: Record<string, { description?: string }>;
    required?: string[];
  };
  return Object.entries(properties ?? {}).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || (required ?? []).includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function schema(type: z.ZodType, io: 'input' | 'output' = 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(type, { io, unrepresentable: 'any' });
  return rest;
}
