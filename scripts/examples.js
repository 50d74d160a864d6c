import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { report } from './report.js'

// Runs every example, or those named: code that people copy must run.

const TIMEOUT_MS = 60_000
const root = join(import.meta.dirname, '..')
const wanted = process.argv.slice(2)

const examples = readdirSync(join(root, 'examples'))
  .filter((name) => existsSync(join(root, 'examples', name, 'main.ts')))
  .filter((name) => wanted.length === 0 || wanted.includes(name))

let failed = 0
for (const name of examples) {
  console.log(`\n── examples/${name}`)
  const { status, signal } = spawnSync(process.execPath, ['--conditions=@inmesh/source', 'main.ts'], {
    cwd: join(root, 'examples', name), stdio: ['ignore', 'inherit', 'inherit'], timeout: TIMEOUT_MS
  })
  if (status === 0) continue
  failed++
  console.error(`examples/${name} failed: ${signal ? `ended by ${signal} (limit ${TIMEOUT_MS / 1000} s)` : `exit code ${status}`}`)
}

console.log(`\nexamples: ${examples.length - failed} passed, ${failed} failed`)
report('examples', { passed: examples.length - failed, failed })
// No example at all is a mistake too: of a name, or of this script.
process.exitCode = failed > 0 || examples.length === 0 ? 1 : 0
