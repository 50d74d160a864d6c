import { FELT_SHARE, FELT_WINDOW, SLOW_TIMES_HEALTHY_P99 } from '../stats/out-of-the-way.ts'

/** What each figure means, for those who doubt it. */
export const definitions: readonly (readonly [string, string])[] = [
  [
    'calls due',
    'Every call of the plan in the measured time, sent when it is due whether or not earlier ones were answered. The same instants, classes and paths for every contender.'
  ],
  [
    'success',
    'Calls answered with a 2xx and read to the last byte, of all calls due. A call unanswered when the run ends has failed.'
  ],
  [
    'p50, p99, p99.9',
    'Over all calls due, those that failed included, from the instant a call was due to its last byte or its failure. Exact: every call is kept.'
  ],
  [
    'extra load',
    "Tries ÷ calls − 1. Tries are counted on undici's diagnostics channels, through which both contenders must pass: every request handed to a connection counts, refused or not, and once more if undici sends it again."
  ],
  [
    "out of the callers' way after",
    `Time from a fault's start after which, until it ended, less than ${FELT_SHARE * 100} % of the calls due in any ${FELT_WINDOW / 1_000} s failed or took longer than ${SLOW_TIMES_HEALTHY_P99} × the contender's own p99 before the first fault.`
  ],
  [
    'work done twice',
    'Calls that must not be repeated (POST) whose work replicas began more than once, by their own report.'
  ],
  ['CPU of the machine', 'Busy share of all cores over the measured time, whatever kept them busy.']
]
