import { existsSync } from 'node:fs'
import { delimiter, dirname, join, sep } from 'node:path'

/**
 * The Node that npm itself runs on. Not always `process.execPath`: npm puts `node_modules/.bin` first on the PATH, where
 * the workspace's own Node lies after the first set-up, and an installation must not stand on what it replaces.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root
 */
export function machineNode(env, root) {
  const npmsOwn = env['npm_node_execpath']
  const usable = npmsOwn && existsSync(npmsOwn) && !npmsOwn.startsWith(join(root, 'node_modules') + sep)
  return usable ? npmsOwn : process.execPath
}

/**
 * The environment with `folders` first on the PATH and everything of the workspace's `.bin` folders gone from it.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root
 * @param {string[]} folders
 * @returns {NodeJS.ProcessEnv}
 */
export function withPath(env, root, folders) {
  // Windows spells it `Path`, and a copy of the environment tells the two apart.
  const key = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
  const rest = (env[key] ?? '').split(delimiter).filter((folder) => folder && !isOurs(folder, root))
  return { ...env, [key]: [...folders, ...rest].join(delimiter) }
}

/** @param {string} folder @param {string} root */
function isOurs(folder, root) {
  return folder.startsWith(root + sep) && folder.includes('node_modules')
}

/**
 * How to start `npm` or `npx` without a shell: the one that belongs to the npm that runs us, else by name.
 * @param {'npm' | 'npx'} tool
 * @param {NodeJS.ProcessEnv} env
 * @param {string} node
 * @returns {{ command: string, args: string[], shell: boolean }}
 */
export function npmTool(tool, env, node) {
  const beside = env['npm_execpath'] ? join(dirname(env['npm_execpath']), `${tool}-cli.js`) : ''
  if (beside && existsSync(beside)) return { command: node, args: [beside], shell: false }
  // On Windows both are .cmd files, which only a shell can start.
  return { command: tool, args: [], shell: process.platform === 'win32' }
}
