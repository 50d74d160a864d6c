import { assertKind, choice, number, shape, whole, type FieldsOf, type Kind } from '../check-options.ts'
import { nodeClock, type Clock } from '../clock.ts'
import { assertLogger, REQUIRED } from './assert-logger.ts'
import type { Logger, LogLevel } from './logger.ts'
import { LOG_LEVELS, type LoggedType } from './sayings.ts'

/** Every option has a default: `logTo(pino())` is a whole configuration. */
export interface LogOptions {
  /**
   * How loud each kind of line is, by its event's type; `'off'`: it is not written. Of what has two sides, such as `panic`,
   * `breaker` and `engine-changed`, this is the bad one's: the all-clear is `info`, or `debug` where that is said. Default: see
   * `LOG_LEVELS`. `'debug'` only where the logger has it.
   */
  readonly levels?: { readonly [T in LoggedType]?: LogLevel | 'off' }
  /**
   * Lines of one kind and one service that may be written at once, 1 to 1,000. Default 10: one bad moment of a fleet of ten is
   * told in full.
   */
  readonly burst?: number
  /** How many of them a second, in the long run, 0.001 to 1,000. Default 1: what flaps must not fill a disk. What is not written is counted, and told in one line. */
  readonly perSecond?: number
  /** Default: the process's own. For tests. */
  readonly clock?: Clock
}

/** With every default in place. */
export interface LogTerms {
  /** Absent: no line is written. */
  readonly levels: ReadonlyMap<string, LogLevel>
  readonly burst: number
  readonly perSecond: number
  readonly clock: Clock
}

/** Throws one `TypeError` that lists every mistake. */
export function termsOf(logger: Logger, options: LogOptions): LogTerms {
  assertLogger('logTo', logger, 'a logger such as pino(), or messageFirst(console)', 'a function of fields and a message')
  assertKind('logTo', options, kindFor(logger))
  const { levels = {}, burst = 10, perSecond = 1, clock = nodeClock() } = options
  const chosen = Object.entries({ ...LOG_LEVELS, ...given(levels) }).flatMap(([type, level]) => (level === 'off' ? [] : [[type, level] as const]))
  return { levels: new Map(chosen), burst, perSecond, clock }
}

/** One that is undefined is absent. */
function given<T extends object>(levels: T): T {
  return Object.fromEntries(Object.entries(levels).filter(([, level]) => level !== undefined)) as T
}

function kindFor(logger: Logger): Kind {
  const level = choice(...(typeof logger.debug === 'function' ? ['debug'] : []), ...REQUIRED, 'off')
  return shape<LogOptions>({
    levels: shape(Object.fromEntries(Object.keys(LOG_LEVELS).map((type) => [type, level])) as FieldsOf<Record<LoggedType, LogLevel>>),
    burst: whole(1, 1000),
    perSecond: number(0.001, 1000),
    clock: { accepted: 'a clock { now, schedule }', allows: (value) => typeof value === 'object' && value !== null && typeof Reflect.get(value, 'now') === 'function' && typeof Reflect.get(value, 'schedule') === 'function' },
  })
}
