import { COMPAT } from '../compat/nodes.js'
import { WORKSPACE } from './setup.js'

/**
 * @typedef {object} Task
 * @property {string} does one line for `npm run setup` and for mistyped names
 * @property {string[]} args what the workspace's Node runs, relative to the root; the caller's arguments follow
 * @property {import('./setup.js').Installation[]} [needs] more than the workspace itself
 */

const VITEST = 'node_modules/vitest/vitest.mjs'
const TSC = 'node_modules/typescript/bin/tsc'
const LAB = 'packages/lab/src/cli.ts'

/** @type {Record<string, Task>} */
export const TASKS = {
  setup: { does: 'installs what the other commands need', args: ['scripts/ready.js'] },
  demo: { does: 'one bad day on real sockets, with and without inmesh', args: [LAB, 'demo'] },
  test: { does: 'the tests', args: [VITEST, 'run'] },
  lint: { does: 'style, direction of imports, ban on ambient time and chance', args: ['node_modules/oxlint/bin/oxlint', '--deny-warnings'] },
  typecheck: { does: 'types of everything', args: [TSC, '-b'] },
  build: { does: 'the published packages, into packages/*/dist', args: ['scripts/build.js'] },
  bench: { does: 'a benchmark: -- <name | all> [--json FILE]', args: ['bench/src/main.ts'] },
  lab: { does: 'scenarios: -- run <scenario.json>', args: [LAB] },
  soak: { does: 'millions of calls, then nothing left behind', args: ['bench/src/soak.ts'] },
  examples: { does: 'every example', args: ['scripts/examples.js'] },
  'test:package': { does: 'the built packages as users get them', args: [VITEST, 'run', '--config', 'test/package/vitest.config.ts'], needs: [COMPAT] },
  'test:compat': { does: 'the tests on the other supported Nodes', args: ['scripts/compat/run.js'], needs: [COMPAT] }
}

/** @param {Task} task */
export function installationsOf(task) {
  return [WORKSPACE, ...(task.needs ?? [])]
}
