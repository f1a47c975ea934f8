export { assertStorable } from './assert-storable.ts';
export { bindUpload, followUpload } from './bind-upload.ts';
export type { ServiceClaim } from './service-binding.ts';
export { serviceNotFound } from './service-not-found.ts';
export { ServiceRecords, type Service } from './service-records.ts';
export { isSameRepository } from './same-repository.ts';
export { createServiceRoutes } from './service-routes.ts';
export { ServiceStore } from './service-store.ts';
