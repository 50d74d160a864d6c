import { join } from 'node:path'
import { install } from './install.js'
import { withLock } from './lock.js'
import { say } from './problem.js'
import { isStamped, stamp, unstamp } from './stamp.js'
import { ensureNode, nodeIn, versionOf } from './workspace-node.js'
import { pinned } from './workspace.js'

/**
 * @typedef {object} Installation
 * @property {string} name what its stamp is called
 * @property {string} title what people read while they wait
 * @property {string[]} filters pnpm's `--filter` values
 * @property {(root: string) => { folder: string, version: string }[]} nodes the Nodes that must run afterwards
 */

/** @type {Installation} */
export const WORKSPACE = {
  name: 'workspace',
  title: 'the workspace (a minute the first time)',
  // The Nodes of test/compat are large and only few tasks need them.
  filters: ['!./test/compat/*'],
  nodes: (root) => [{ folder: root, version: pinned(root).node }]
}

/**
 * Installs once for each state of the lock file, whoever asks first; everybody else waits or finds it done.
 * @param {string} root
 * @param {Installation} installation
 */
export async function setUp(root, installation) {
  if (isReady(root, installation)) return
  await withLock(join(root, '.setup.lock'), (holder) => say(`another set-up is running (process ${holder}): waiting for it`), async () => {
    if (isReady(root, installation)) return
    unstamp(root, installation.name)
    say(`setting up ${installation.title}`)
    await install(root, installation.filters)
    for (const { folder, version } of installation.nodes(root)) await ensureNode(root, folder, version)
    stamp(root, installation.name)
    say('set up')
  })
}

/** @param {string} root @param {Installation} installation */
function isReady(root, installation) {
  if (!isStamped(root, installation.name)) return false
  return installation.nodes(root).every(({ folder, version }) => versionOf(nodeIn(folder)) === version)
}
