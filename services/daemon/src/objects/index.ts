export {
  booleanAt,
  countAt,
  cut,
  fieldsAt,
  integerAt,
  isFields,
  isTrueAt,
  listAt,
  textAt,
  timeAt,
  type Fields,
} from './fields.ts';
export { fieldOwners, fluxManager, type FieldOwner } from './field-owner.ts';
export { parseInventoryId, type InventoryObject } from './inventory-id.ts';
export { resourcePath, resourceTypes, type ResourceType } from './resource-type.ts';
