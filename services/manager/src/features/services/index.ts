export { ServiceRecords, type Service } from './service-records.ts';
