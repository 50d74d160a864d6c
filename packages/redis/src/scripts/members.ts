import type { Millis } from '@inmesh/policy'
import { counts } from './reply.ts'
import { Script } from './script.ts'

/**
 * Who has a limit: one sorted set by the instant at which each is taken for dead, in µs of Redis's clock. The weight
 * stands in front of each name; the sum of all is kept as the score of the empty name, below 0 where no instant is, so
 * that a heartbeat costs the same however many there are. It is summed anew when one has come or gone: a sum that is only
 * ever added to and taken from would drift.
 */
export const membersScript: Script = new Script(`
local member, life, longest = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local changed = redis.call('ZREMRANGEBYSCORE', KEYS[1], 1, string.format('%.0f', now)) > 0
-- The clock went back: the dead would be counted for as long.
for _, ahead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', now + longest), '+inf')) do
  redis.call('ZADD', KEYS[1], string.format('%.0f', now + longest), ahead)
end
if life > 0 then
  changed = redis.call('ZADD', KEYS[1], string.format('%.0f', now + life), member) > 0 or changed
else
  changed = redis.call('ZREM', KEYS[1], member) > 0 or changed
end
local sum = redis.call('ZSCORE', KEYS[1], '')
local weight = sum and -tonumber(sum)
if changed or not sum then
  weight = 0
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], 1, '+inf')) do
    weight = weight + (tonumber(string.match(name, '^[^:]*')) or 0)
  end
  redis.call('ZADD', KEYS[1], string.format('%.17g', -weight), '')
end
local count = redis.call('ZCARD', KEYS[1]) - 1
if count > 0 then
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', longest / 1000))
else
  redis.call('DEL', KEYS[1])
end
return { count, math.floor(weight * 1000000 + 0.5) }
`)

/** Nobody's heart beats slower, and nobody is taken for alive for longer than three beats of that. */
export const slowestBeat: Millis = 60_000

export function memberName(id: string, weight: number): string {
  return `${weight}:${id}`
}

export function beatArgs(member: string, life: Millis): readonly string[] {
  return [member, `${Math.ceil(life * 1000)}`, `${3 * slowestBeat * 1000}`]
}

export function leaveArgs(member: string): readonly string[] {
  return beatArgs(member, 0)
}

export interface Members {
  readonly count: number
  readonly weight: number
}

export function readMembers(reply: unknown): Members {
  const [count = 0, weight = 0] = counts(reply, 2)
  return { count, weight: weight / 1e6 }
}
