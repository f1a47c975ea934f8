export { buildGoTool, findGoTool, goModuleFolder, goToolHome, type GoTool } from './go-tool.ts';
export { exists, inPath, isExecutable, makeOnce, toolCache } from './tool-cache.ts';
