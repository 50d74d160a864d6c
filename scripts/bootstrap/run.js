import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endLike, runToEnd } from './child.js'
import { withPath } from './machine-node.js'
import { Problem, say } from './problem.js'
import { setUp } from './setup.js'
import { TASKS, installationsOf } from './tasks.js'
import { nodeIn } from './workspace-node.js'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/**
 * Sets up what the task needs, then runs it under the workspace's own Node and ends as it ended.
 * @param {string[]} argv the task's name and its arguments
 */
export async function run([name = '', ...args]) {
  try {
    const task = taskOf(name)
    for (const installation of installationsOf(task)) await setUp(ROOT, installation)
    endLike(await runToEnd(nodeIn(ROOT), commandLine(task, args), { cwd: ROOT, env: environment() }))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    say(error.message)
    process.exitCode = 1
  }
}

/** @param {string} name */
function taskOf(name) {
  const task = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined
  if (task) return task
  const lines = Object.entries(TASKS).map(([known, { does }]) => `  npm run ${known.padEnd(12)}  ${does}`)
  throw new Problem(`there is no task ${JSON.stringify(name)}. There are:\n${lines.join('\n')}`)
}

/** @param {import('./tasks.js').Task} task @param {string[]} args */
function commandLine(task, args) {
  const [entry = '', ...rest] = task.args
  // Sources run without a build: `exports` name them under this condition.
  return ['--conditions=@inmesh/source', join(ROOT, entry), ...rest, ...args]
}

function environment() {
  return withPath(process.env, ROOT, [dirname(nodeIn(ROOT)), join(ROOT, 'node_modules', '.bin')])
}
