import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { shown } from './install.js'
import { machineNode, withPath } from './machine-node.js'
import { Problem, say } from './problem.js'

/**
 * Where the Node that npm's `node` package put into `folder` lies.
 * @param {string} folder a folder with a node_modules
 */
export function nodeIn(folder) {
  return join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

/**
 * The version that really runs. A folder proves nothing: the package's install script may not have run, or may have
 * brought a binary for another machine.
 * @param {string} file
 * @returns {string | undefined}
 */
export function versionOf(file) {
  if (!existsSync(file)) return undefined
  const { status, stdout } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 20_000, env: plainEnvironment() })
  return status === 0 ? stdout.trim().replace(/^v/, '') : undefined
}

// NODE_OPTIONS of the caller may name flags that this Node does not know, which says nothing about the binary.
function plainEnvironment() {
  const { NODE_OPTIONS: _, ...rest } = process.env
  return rest
}

/**
 * Runs the `node` package's own install step once more: it is skipped where install scripts are switched off.
 * @param {string} root
 * @param {string} folder a folder with a node_modules
 */
export async function repairNode(root, folder) {
  const link = join(folder, 'node_modules', 'node')
  if (!existsSync(link)) return
  say('the workspace\'s own Node is not in place: fetching it again')
  const node = machineNode(process.env, root)
  await shown(node, ['installArchSpecificPackage.js'], {
    cwd: realpathSync(link),
    env: withPath(process.env, root, [dirname(node)])
  })
}

/**
 * Makes sure that the Node in `folder` is the wanted one, or says in a sentence that it is not.
 * @param {string} root
 * @param {string} folder
 * @param {string} wanted
 */
export async function ensureNode(root, folder, wanted) {
  const file = nodeIn(folder)
  if (versionOf(file) === wanted) return
  await repairNode(root, folder)
  const found = versionOf(file)
  if (found === wanted) return
  throw new Problem(
    `the workspace needs its own Node ${wanted} at ${file}, but ${found ? `Node ${found} is there` : 'none runs there'}. ` +
    'npm\'s `node` package fetches it while installing: see above why it could not, delete node_modules, and run the same command again.'
  )
}
