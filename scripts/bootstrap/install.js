import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { passSignals } from './child.js'
import { machineNode, npmTool, withPath } from './machine-node.js'
import { Problem, say } from './problem.js'
import { pinned } from './workspace.js'

const QUIET_MS = 5_000
const KEPT_CHARS = 64 * 1024

/**
 * Brings node_modules to what the lock file says. Its output is shown as it comes.
 * @param {string} root
 * @param {string[]} filters pnpm's `--filter` values
 */
export async function install(root, filters) {
  let { code, output } = await pnpmInstall(root, filters)
  if (code !== 0 && /UNEXPECTED_STORE/.test(output)) {
    // Installed by somebody with another home folder: pnpm links into one store only, and would refuse for ever.
    say('node_modules belongs to another store of packages: installing afresh')
    rmSync(join(root, 'node_modules'), { recursive: true, force: true });
    ({ code, output } = await pnpmInstall(root, filters))
  }
  if (code === null) throw new Problem('the set-up was interrupted. Run the same command again to go on.')
  if (code !== 0) throw new Problem(whatWentWrong(output, pinned(root).packageManager))
}

/** @param {string} root @param {string[]} filters */
function pnpmInstall(root, filters) {
  const node = machineNode(process.env, root)
  const start = npmTool('npx', process.env, node)
  const { packageManager } = pinned(root)
  const args = [
    ...start.args, '--yes', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only',
    // Without a terminal pnpm would refuse to replace a node_modules that another tool left behind.
    '--config.confirmModulesPurge=false',
    ...filters.map((filter) => `--filter=${filter}`)
  ]
  return shown(start.command, args, { cwd: root, env: withPath(process.env, root, [dirname(node)]), shell: start.shell })
}

/**
 * Runs a command, shows what it prints on stderr, and keeps the end of it.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, shell?: boolean }} options
 * @returns {Promise<{ code: number | null, output: string }>}
 */
export function shown(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    const began = Date.now()
    let output = ''
    let heard = began
    const hear = (/** @type {Buffer} */ chunk) => {
      heard = Date.now()
      output = (output + chunk).slice(-KEPT_CHARS)
      process.stderr.write(chunk)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    // A long download prints nothing; silence for minutes looks like a hang.
    const quiet = setInterval(() => {
      if (Date.now() - heard < QUIET_MS) return
      heard = Date.now()
      say(`still installing, ${Math.round((heard - began) / 1000)} s`)
    }, 1_000)
    const stop = passSignals((signal) => child.kill(signal))
    const settle = () => {
      clearInterval(quiet)
      stop()
    }
    child.on('error', (error) => {
      settle()
      reject(new Problem(`could not start ${command} (${error.message}). npm brings npx: install npm and run the same command again.`))
    })
    child.on('close', (code) => {
      settle()
      resolve({ code, output })
    })
  })
}

const NO_NETWORK = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|UND_ERR_CONNECT|META_FETCH_FAIL|fetch failed/i

/**
 * One sentence for the ways in which an installation fails; the tool's own words stand above it.
 * @param {string} output
 * @param {string} packageManager
 */
export function whatWentWrong(output, packageManager) {
  if (/OUTDATED_LOCKFILE/.test(output)) {
    return `pnpm-lock.yaml does not fit the package.json files. Run \`npx ${packageManager} install\` and commit the lock file with them.`
  }
  if (/ENOSPC/.test(output)) return 'the disk is full. Make room and run the same command again.'
  if (/EACCES|EPERM/.test(output)) return 'a file could not be written (see above). Check who owns this folder and npm\'s cache.'
  if (NO_NETWORK.test(output)) {
    return 'the package registry could not be reached. The first set-up needs the network; connect and run the same command again (what was fetched is kept).'
  }
  return `the installation failed; what ${packageManager} said stands above. Run the same command again, or \`npm run setup\` alone.`
}
