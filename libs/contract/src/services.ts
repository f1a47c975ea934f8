import { z } from 'zod';

import { Namespaces } from './artifact-spec.ts';
import { EnvironmentName, Nothing, page, Paging, ServiceName, Timestamp } from './common.ts';
import { readers, type Operation } from './operation.ts';

const url = z.url({ protocol: /^https?$/ }).max(2000);
const fields = {
  namespaces: Namespaces,
  owner: ServiceName.optional(),
  repository: z.string().max(500).optional(),
  sourcePath: z.string().max(500).optional(),
  paths: z.array(z.string().max(300)).max(100).optional(),
  links: z.record(z.string().max(60), url).optional(),
};

export const ServiceView = z.object({
  name: z.string(),
  namespaces: z.record(z.string(), z.string()),
  owner: z.string().optional(),
  repository: z.string().optional(),
  sourcePath: z.string().optional(),
  paths: z.array(z.string()),
  links: z.record(z.string(), z.string()),
  registeredAt: Timestamp,
});
export type ServiceView = z.infer<typeof ServiceView>;

export const listServices = {
  id: 'listServices',
  method: 'get',
  path: '/v1/services',
  summary: 'The registered services, by name.',
  callers: readers,
  params: Nothing,
  query: z.strictObject({ ...Paging }),
  body: Nothing,
  result: page(ServiceView),
} satisfies Operation;

export const showService = {
  id: 'showService',
  method: 'get',
  path: '/v1/services/{service}',
  summary: 'One service.',
  callers: readers,
  params: z.strictObject({ service: ServiceName }),
  query: Nothing,
  body: Nothing,
  result: ServiceView,
} satisfies Operation;

export const addService = {
  id: 'addService',
  method: 'post',
  path: '/v1/services',
  summary: 'Registers a service before its first upload.',
  callers: ['admin', 'person'],
  params: Nothing,
  query: Nothing,
  body: z.strictObject({ name: ServiceName, ...fields }),
  result: ServiceView,
  status: 201,
} satisfies Operation;

export const setService = {
  id: 'setService',
  method: 'patch',
  path: '/v1/services/{service}',
  summary: 'Changes what is bound at registration. Another namespace undeploys the old folders.',
  callers: ['admin', 'person'],
  params: z.strictObject({ service: ServiceName }),
  query: Nothing,
  body: z.strictObject({ ...fields, namespaces: Namespaces.optional() }),
  result: ServiceView,
} satisfies Operation;

export const EnvironmentView = z.object({
  name: EnvironmentName,
  protected: z.boolean(),
  clusters: z.array(z.string()),
  layout: z.enum(['plain', 'sliced']),
});

export const listEnvironments = {
  id: 'listEnvironments',
  method: 'get',
  path: '/v1/environments',
  summary: 'The environments in the order of promotion, as the config repo declares them.',
  callers: readers,
  params: Nothing,
  query: Nothing,
  body: Nothing,
  result: z.object({ items: z.array(EnvironmentView) }),
} satisfies Operation;
