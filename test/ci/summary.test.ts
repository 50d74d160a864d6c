import { describe, expect, it } from 'vitest'
import { count } from '../../scripts/ci-summary.js'

const step = (name: string, status = 0) => ({ name, status, seconds: 1 })
const report = (name: string, numPassedTests: number, numFailedTests = 0) => ({ name, numPassedTests, numFailedTests })

describe('the last line of CI', () => {
  it('counts the tests of a step, and those of no other', () => {
    const reports = [report('unit-node-24.json', 10, 1), report('unit-node-22.json', 9), report('unit-node-26.json', 8), report('packages-node-24.json', 7)]
    expect(count(step('unit', 1), reports)).toEqual({ passed: 10, failed: 1 })
    expect(count(step('compat'), reports)).toEqual({ passed: 17, failed: 0 })
    expect(count(step('packages'), reports)).toEqual({ passed: 7, failed: 0 })
  })

  it('counts a step without tests as one', () => {
    expect(count(step('lint'), [])).toEqual({ passed: 1, failed: 0 })
    expect(count(step('lint', 1), [])).toEqual({ passed: 0, failed: 1 })
  })

  it('counts a failure that no test reported', () => {
    expect(count(step('unit', 1), [report('unit-node-24.json', 10)])).toEqual({ passed: 10, failed: 1 })
    expect(count(step('unit', 124), [])).toEqual({ passed: 0, failed: 1 })
  })

  it('takes a step that ran no test for a failure', () => {
    expect(count(step('unit'), [])).toEqual({ passed: 0, failed: 1 })
    expect(count(step('unit'), [report('unit-node-24.json', 0)])).toEqual({ passed: 0, failed: 1 })
  })
})
