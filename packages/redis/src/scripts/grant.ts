import type { Grant, Millis, ReserveAsk } from '@inmesh/policy'
import type { Adapter } from '../clients/adapter.ts'
import { counts, Garbage } from './reply.ts'
import { Script } from './script.ts'

/**
 * A grant of tokens: GCRA, where `tat` is the instant at which all that was granted will have been earned
 * (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm).
 *
 * The state of a key is one value: `tat`, `last` (when it was written) and the floor's own `tat`, in µs of Redis's clock
 * since 2026: a double then still has room for some hundredths of a µs, so that a rate whose interval is no whole number
 * stays exact. Written by a format, since a number that Lua makes a text of has 14 digits. The clock is read once: within one
 * run it may go on.
 */
export const grantScript: Script = new Script(`
local time = redis.call('TIME')
local now = (time[1] - 1767225600) * 1000000 + time[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local settle, want = tonumber(ARGV[3]), tonumber(ARGV[4])
local horizon, floor, floorHorizon = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local burstUsed, margin, longest = ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10])

local state = redis.call('GET', KEYS[1])
local a, b, c
if state then a, b, c = string.match(state, '^(%S+) (%S+) (%S+)$') end
local tat, last, floorTat = tonumber(a or ''), tonumber(b or ''), tonumber(c or '')
local known = tat and last and floorTat
local changed, lost = false, 0

if not known then
  tat, floorTat = now, now
  if burstUsed == 'if-lost' then lost = 1 end
elseif now < last then
  -- The clock went back. What was still to be earned stays so, no more and no less: whoever waits is not kept waiting
  -- for as long as the clock went back, and nobody has anything twice.
  tat = now + math.max(0, tat - last)
  floorTat = now + math.max(0, floorTat - last)
  changed = true
end

-- Left by other terms, under which a token took much longer.
if tat - now > longest then
  tat = now + burst * interval
  changed = true
end
if floor > 0 and floorTat - now > longest / floor then
  floorTat = now + longest / floor
  changed = true
end

local used = lost == 1 and burst * interval or tonumber(burstUsed) or 0
if tat < now + used then
  -- Where nothing is used it is an idle key, which needs no writing down.
  changed = changed or used > 0
  tat = now + used
end

if settle ~= 0 then
  tat = math.max(now, tat + settle * interval)
  changed = true
end

-- What sums of fractions are off by, in µs: it must not refuse what is exactly due.
local hair = 0.05
local full = tat + want * interval
local delay = math.max(0, full - burst * interval - now)
local tokens, retryAfter = want, 0
if delay <= horizon + hair then
  tat = full
  changed = changed or want > 0
else
  retryAfter = delay - horizon
  if floor > 0 then
    local floorInterval = interval / floor
    local floorFull = math.max(floorTat, now) + want * floorInterval
    local wait = math.max(floorFull - math.max(want, 1) * floorInterval - now, delay - floorHorizon)
    if wait <= hair then
      tat, floorTat = full, floorFull
      retryAfter = 0
      changed = changed or want > 0
    else
      retryAfter = math.min(retryAfter, wait)
    end
  end
  if retryAfter > 0 then tokens, delay = 0, 0 end
end

local kept = math.max(tat, floorTat) - now
if changed then
  local ms = math.min(math.ceil(kept / 1000) + margin, 315360000000)
  redis.call('SET', KEYS[1], string.format('%.3f %.3f %.3f', tat, now, floorTat), 'PX', string.format('%.0f', ms))
end
-- An answer is 64 bits of which a double keeps 53: what comes in more than 285 years would be below 0 there.
local function whole(us) return math.max(0, math.min(us, 9e15)) end
return { tokens, whole(math.ceil(delay)), whole(math.ceil(retryAfter)), whole(math.floor(kept)), lost }
`)

/** `margin`: how much longer than it need be a state is kept, since an answer takes a while to arrive and the next ask too. */
export function grantArgs(ask: ReserveAsk, margin: Millis): readonly string[] {
  const { interval, burst, settle, want, horizon, floor, floorHorizon, burstUsed, longest } = ask
  const used = typeof burstUsed === 'number' ? micros(burstUsed) : burstUsed
  return [micros(interval), `${burst}`, `${settle}`, `${want}`, micros(horizon), `${floor}`, micros(floorHorizon), used, `${Math.ceil(margin)}`, micros(longest)]
}

export function readGrant(reply: unknown, { want }: ReserveAsk): Grant {
  const [tokens = 0, delay = 0, retryAfter = 0, keptFor = 0, lost = 0] = counts(reply, 5)
  if (tokens !== 0 && tokens !== want || lost > 1) throw new Garbage(reply)
  return { tokens, delay: delay / 1000, retryAfter: retryAfter / 1000, keptFor: keptFor / 1000, lost: lost === 1 }
}

/** One ask over one client, without an engine around it. */
export interface GrantRun {
  readonly adapter: Adapter
  readonly key: string
  readonly ask: ReserveAsk
  readonly margin?: Millis
}

export async function runGrant({ adapter, key, ask, margin = 300 }: GrantRun): Promise<Grant> {
  return readGrant(await grantScript.run(adapter, key, grantArgs(ask, margin)), ask)
}

/** An `Infinity` too, which Lua would read no other way. */
function micros(ms: Millis): string {
  return ms === Infinity ? '1e308' : `${ms * 1000}`
}
