import { checks, durationForm, durationOf, parseDuration, type Duration } from '@inmesh/pipeline'
import type { Millis } from '@inmesh/policy'
import { randomBytes } from 'node:crypto'

/** Every option has a default: `redis(client)` is a whole configuration. */
export interface RedisOptions {
  /**
   * What all keys begin with, behind a brace: `{inmesh:catalog/limit:…}`. The same in all processes that share limits.
   * Default `inmesh`. 1–64 letters, digits, `.`, `_`, `-`, `/` and `:`.
   */
  readonly prefix?: string
  /**
   * How long an answer may take before Redis counts as lost and limits fall back. No call waits for it. Default 100 ms: a
   * hundred times what Redis takes in the same network, and the time for which a rate's tokens are taken ahead, so that they
   * last about as long as it takes to notice. 10 ms–5 s.
   */
  readonly commandTimeout?: Duration
  /**
   * How often this process says that it is there; after three without a word others take its share. Default 1 s; more
   * processes than 200 have theirs less often, so that all together beat 200 times a second for each limit. 100 ms–20 s.
   */
  readonly heartbeat?: Duration
  /**
   * Of this process against others: with 2 it gets twice the share of one with 1, of rates and of calls in flight.
   * Default 1. 0.01–100.
   */
  readonly weight?: number
  /** Names this process, and no other. Default: chosen at random. 1–64 characters. */
  readonly id?: string
}

/** With every default in place, lengths of time in ms. */
export interface RedisTerms {
  readonly prefix: string
  readonly commandTimeout: Millis
  readonly heartbeat: Millis
  readonly weight: number
  readonly id: string
}

function between(least: Millis, most: Millis): checks.Kind {
  return {
    accepted: `${durationForm}; from ${least} to ${most} ms`,
    allows: (value) => {
      const ms = parseDuration(value)
      return ms !== undefined && ms >= least && ms <= most
    },
  }
}

const kind = checks.shape<RedisOptions>({
  prefix: { accepted: '1–64 letters, digits, ".", "_", "-", "/" and ":"', allows: (value) => typeof value === 'string' && /^[\w./:-]{1,64}$/.test(value) },
  commandTimeout: between(10, 5000),
  heartbeat: between(100, 20_000),
  weight: checks.number(0.01, 100),
  id: { accepted: 'a text of 1–64 characters', allows: (value) => typeof value === 'string' && value.length > 0 && value.length <= 64 },
})

/** Throws one `TypeError` that lists every mistake. */
export function termsOf(options: RedisOptions): RedisTerms {
  checks.assertKind('redis', options, kind)
  const { prefix = 'inmesh', commandTimeout = 100, heartbeat = 1000, weight = 1, id = randomBytes(9).toString('base64url') } = options
  return { prefix, commandTimeout: durationOf(commandTimeout, 'redis.commandTimeout'), heartbeat: durationOf(heartbeat, 'redis.heartbeat'), weight, id }
}
