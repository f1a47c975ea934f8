export { bindUpload, followUpload, type BindContext } from './bind-upload.ts';
export type { ServiceClaim } from './service-binding.ts';
export { ServiceRecords, type Service } from './service-records.ts';
export type { QueueUndeploy } from './service-registry.ts';
export { createServiceRoutes, type ServiceRouteDeps } from './service-routes.ts';
export { ServiceStore } from './service-store.ts';
