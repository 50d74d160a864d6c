import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Reads what the root package.json pins: the package manager's version and the workspace's own Node.
 * @param {string} root
 */
export function pinned(root) {
  const { config, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return {
    packageManager: `pnpm@${config.pnpm}`,
    node: /** @type {string} */ (devDependencies.node),
    tools: Object.keys(devDependencies)
  }
}

/**
 * Every folder of the workspace that has a package.json, relative to the root; `dir/*` in pnpm-workspace.yaml is the
 * only pattern that is understood.
 * @param {string} root
 * @returns {string[]}
 */
export function workspaceFolders(root) {
  const yaml = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')
  const listed = /^packages:\n((?:[ \t]+-.*\n|[ \t]*#.*\n)*)/m.exec(yaml)?.[1] ?? ''
  const patterns = [...listed.matchAll(/-\s+['"]?([^'"\s]+)/g)].map((match) => match[1] ?? '')
  return ['.', ...patterns.flatMap((pattern) => expand(root, pattern))]
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort()
}

/** @param {string} root @param {string} pattern */
function expand(root, pattern) {
  if (!pattern.endsWith('/*')) return [pattern]
  const parent = pattern.slice(0, -2)
  if (!existsSync(join(root, parent))) return []
  return readdirSync(join(root, parent)).map((name) => `${parent}/${name}`)
}
