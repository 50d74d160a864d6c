import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.env['INMESH_TEST_REPORT']

/** One file per run and Node: `.ci/run` adds them up. @param {string} name */
const fileOf = (name) => join(folder ?? '', `${name}-node-${process.versions.node.split('.')[0]}.json`)

/**
 * What vitest reports to: people always, and a file where a folder for reports is named in `INMESH_TEST_REPORT`.
 * @param {string} name
 * @returns {(string | [string, { outputFile: string }])[]}
 */
export function reporters(name) {
  return folder ? ['default', ['json', { outputFile: fileOf(name) }]] : ['default']
}

/**
 * Leaves counts in the same shape as vitest's own report.
 * @param {string} name
 * @param {{ passed: number, failed: number }} counts
 */
export function report(name, { passed, failed }) {
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(fileOf(name), JSON.stringify({ numPassedTests: passed, numFailedTests: failed }))
}
