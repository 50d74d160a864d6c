import { FELT_SHARE, FELT_WINDOW, SLOW_TIMES_HEALTHY_P99 } from '../stats/out-of-the-way.ts'
import type { World } from '../worlds.ts'

type Definition = readonly [string, string]

const before: readonly Definition[] = [
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
  ]
]

const felt: Definition = [
  "out of the callers' way after",
  `Time from a fault's start after which, until it ended, less than ${FELT_SHARE * 100} % of the calls due in any ${FELT_WINDOW / 1_000} s failed or took longer than ${SLOW_TIMES_HEALTHY_P99} × the contender's own p99 before the first fault; where nothing was due before it, only those that failed count.`
]

const own: Readonly<Record<World, readonly Definition[]>> = {
  real: [
    [
      'extra load',
      "Tries ÷ calls − 1. Tries are counted on undici's diagnostics channels, through which both contenders must pass: every request handed to a connection counts, refused or not, and once more if undici sends it again."
    ],
    felt,
    [
      'work done twice',
      'Calls that must not be repeated (POST) whose work replicas began more than once, by their own report.'
    ],
    ['CPU of the machine', 'Busy share of all cores over the measured time, whatever kept them busy.']
  ],
  virtual: [
    ['extra load', 'Tries ÷ calls − 1; calls that services make of each other count as calls.'],
    felt,
    ['work done twice', 'Calls that must not be repeated (POST) whose work replicas began more than once.'],
    [
      'way to the oracle',
      'How far a figure has come from that of round robin (0 %) to that of the oracle (100 %), which knows every service time and queue when it sends a call. A dash where the two hardly differ.'
    ],
    [
      'virtual time',
      'Nothing takes time but what the scenario says: no CPU, no event loop, no kernel. The same seed gives the same run, call by call.'
    ]
  ]
}

/** What each figure means, for those who doubt it. */
export function definitionsOf(world: World): readonly Definition[] {
  return [...before, ...own[world]]
}
