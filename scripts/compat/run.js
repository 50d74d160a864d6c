import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { nodeIn } from '../bootstrap/workspace-node.js'
import { compatNodes } from './nodes.js'

// The tests once more, on every other supported Node. Node 20 is there only to be refused (test/compat/too-old.test.ts).

const root = join(import.meta.dirname, '../..')
const supported = compatNodes(root).filter(({ version }) => Number(version.split('.')[0]) >= 22)

let failed = 0
for (const { folder, version } of supported) {
  console.log(`\n── Node ${version}`)
  const args = ['--conditions=@inmesh/source', join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)]
  const { status } = spawnSync(nodeIn(folder), args, { cwd: root, stdio: 'inherit', env: { ...process.env, INMESH_COMPAT: '1' } })
  if (status !== 0) failed++
}

console.log(`\nNodes: ${supported.length - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 || supported.length === 0 ? 1 : 0
