import { check, defaultReportMessage, property, type Arbitrary } from 'fast-check'

/** The report of the smallest input for which `holds` is false or throws; undefined when there is none among many. */
export function counterexample<T>(inputs: Arbitrary<T>, holds: (input: T) => boolean, numRuns = 300): string | undefined {
  return defaultReportMessage(check(property(inputs, holds), { numRuns }))
}
