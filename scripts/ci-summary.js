import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

// Runs on the machine's own Node: a set-up that failed must be counted too.

/**
 * @typedef {{ name: string, status: number, seconds: number }} Step
 * @typedef {{ name: string, numPassedTests: number, numFailedTests: number }} Report
 */

/** Whose tests a step ran: those of Node 22 and 26 are the unit tests once more. */
const REPORTS = {
  unit: /^unit-node-24\.json$/,
  packages: /^packages-node-\d+\.json$/,
  compat: /^unit-node-(?!24)\d+\.json$/,
  examples: /^examples-node-\d+\.json$/
}

/**
 * How many checks of one step passed and failed.
 * @param {Step} step
 * @param {Report[]} reports
 */
export function count({ name, status }, reports) {
  const pattern = REPORTS[/** @type {keyof typeof REPORTS} */ (name)]
  const own = pattern ? reports.filter((report) => pattern.test(report.name)) : []
  const passed = own.reduce((sum, report) => sum + report.numPassedTests, 0)
  const failed = own.reduce((sum, report) => sum + report.numFailedTests, 0)
  // Where nothing was counted the step is one check. A step that failed without a failed test (a file that does not
  // load, a time limit) is one failure, and one that ran no test although it should have is no success.
  if (!pattern) return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
  const silent = (status !== 0 && failed === 0) || passed + failed === 0
  return { passed, failed: failed + (silent ? 1 : 0) }
}

/** @param {string} file @returns {Step[]} */
function readSteps(file) {
  return readFileSync(file, 'utf8').trim().split('\n').map((line) => {
    const [name = '', status, seconds] = line.split('\t')
    return { name, status: Number(status), seconds: Number(seconds) }
  })
}

/** @param {string} folder @returns {Report[]} */
function readReports(folder) {
  return readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => ({ name, ...JSON.parse(readFileSync(join(folder, name), 'utf8')) }))
}

/** @param {string} file */
function main(file) {
  const reports = readReports(dirname(file))
  const total = { passed: 0, failed: 0 }
  console.log('\n━━━ summary')
  for (const step of readSteps(file)) {
    const { passed, failed } = count(step, reports)
    total.passed += passed
    total.failed += failed
    console.log(`${step.name.padEnd(10)} ${String(passed).padStart(5)} passed ${String(failed).padStart(3)} failed ${String(step.seconds).padStart(4)} s  exit ${step.status}`)
  }
  console.log(`${total.passed} passed, ${total.failed} failed`)
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv[2] ?? '')
