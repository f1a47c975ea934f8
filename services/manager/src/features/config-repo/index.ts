export { assertEnvironments, environmentList } from './assert-environments.ts';
export { createConfigRepo, type ConfigRepo } from './config-repo.ts';
export { startConfigRepoPoll, type ConfigRepoPoll } from './config-repo-poll.ts';
export { announcePush, listenForPushes } from './push-announcement.ts';
export { startMirrorUpkeep } from './mirror-upkeep.ts';
export { editConfigRepo, notInitialised, type EditPlanner } from './edit-config-repo.ts';
export { createFolderIndex, type FolderIndex } from './folder-index.ts';
export { HandEditStore } from './hand-edit-store.ts';
export { FolderStore, objectKey, type OwnedFolder, type OwnedObject } from './folder-store.ts';
