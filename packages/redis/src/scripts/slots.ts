import type { SlotsAsk, SlotsGrant } from '@inmesh/policy'
import type { Adapter } from '../clients/adapter.ts'
import { counts } from './reply.ts'
import { Script } from './script.ts'

/**
 * Slots of a limit on calls in flight: one hash, a field for each process with what it holds, how much of that is in use,
 * what it wants, its weight and when all of this expires, in µs of Redis's clock. What is held and what is granted are
 * two numbers: a process whose calls use more than it is granted holds them until they end, and begins no others.
 *
 * A process gets what is free, and no more than its fair share where all together want more than there is: the level is
 * raised, for each by its weight, until nothing is left, so that what light ones do not want is shared by the others.
 * Who has more than his share is granted less when he renews, and gives it back as his calls end; so the sum of all that is
 * held is never above `max`, and a newcomer has his share some renewals later. Each has at least one where there are enough; where there are
 * not, and for what does not divide, turns go round. `SlotBook` decides the same in memory.
 */
export const slotsScript: Script = new Script(`
local me = ARGV[1]
local max, want, inUse = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local lease, weight = tonumber(ARGV[5]), tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function kept(slots, used, wanted, heavy, expiry, length)
  return string.format('%.0f %.0f %.0f %.17g %.0f %.0f', slots, used, wanted, heavy, expiry, length)
end

local had, taken, processes, latest = 0, 0, 0, now + lease
local ids, demand, weights = {}, {}, {}
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local id = fields[i]
  local a, b, c, d, e, f = string.match(fields[i + 1], '^(%d+) (%d+) (%d+) (%S+) (%d+) (%d+)$')
  local slots, used, wanted, heavy, expiry, length = tonumber(a or ''), tonumber(b or ''), tonumber(c or ''), tonumber(d or ''), tonumber(e or ''), tonumber(f or '')
  if not (slots and used and wanted and heavy and expiry and length) or expiry <= now then
    redis.call('HDEL', KEYS[1], id)
  else
    if expiry > now + length then
      -- The clock went back: a process that was killed must not keep its share for as long.
      expiry = now + length
      redis.call('HSET', KEYS[1], id, kept(slots, used, wanted, heavy, expiry, length))
    end
    latest = math.max(latest, expiry)
    if id == me then
      had = slots
    else
      taken = taken + slots
      processes = processes + 1
      if wanted > 0 then
        ids[#ids + 1] = id
        demand[id] = wanted
        weights[id] = heavy
      end
    end
  end
end

if want > 0 then
  ids[#ids + 1] = me
  demand[me] = want
  weights[me] = weight
end

local total = 0
for _, id in ipairs(ids) do total = total + demand[id] end

local share = want
if total > max then
  -- Everybody must come to the same: sums of fractions depend on their order, and a hair must not make one of two slots.
  table.sort(ids)
  local hair = 1e-9
  local turn = math.floor(now / lease)
  -- Whether it is among the few of many whose turn it is; the next turn is that of those behind them.
  local function inTurn(place, many, few, turn) return (place - 1 - turn * few) % many < few end
  if #ids > max then
    share = 0
    for place, id in ipairs(ids) do
      if id == me and inTurn(place, #ids, max, turn) then share = 1 end
    end
  else
    -- Each round settles those who would have more than they want, or those who would have less than one, whichever
    -- weighs more; what that leaves or takes is for the others.
    local rest, open, level = max, ids, 0
    while true do
      local heaviness, below, above = 0, 0, 0
      for _, id in ipairs(open) do heaviness = heaviness + weights[id] end
      level = rest / heaviness
      for _, id in ipairs(open) do
        below = below + math.max(0, 1 - level * weights[id])
        above = above + math.max(0, level * weights[id] - demand[id])
      end
      if below <= hair and above <= hair then break end
      local still = {}
      for _, id in ipairs(open) do
        if below > above and level * weights[id] < 1 then
          rest = rest - 1
        elseif below <= above and level * weights[id] > demand[id] then
          rest = rest - demand[id]
        else
          still[#still + 1] = id
        end
      end
      open = still
    end
    local left, broken, mine = max, 0, nil
    share = 0
    for _, id in ipairs(ids) do
      local exact = math.min(demand[id], math.max(1, level * weights[id]))
      local whole = math.floor(exact + hair)
      left = left - whole
      if id == me then share = whole end
      if exact - whole > hair then
        broken = broken + 1
        if id == me then mine = broken end
      end
    end
    -- Rounded up for four leases, then others are: each change costs a slot that is out of use for a moment.
    if mine and inTurn(mine, broken, left, math.floor(turn / 4)) then share = share + 1 end
  end
end

local room = math.max(0, max - taken)
local slots = math.min(share, room)
-- What a process cannot give back yet is nobody else's, also where it is granted less.
local held = math.max(slots, math.min(inUse, math.max(room, had)))
if held > 0 or want > 0 then
  redis.call('HSET', KEYS[1], me, kept(held, inUse, want, weight, now + lease, lease))
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil((latest - now) / 1000)))
  processes = processes + 1
else
  redis.call('HDEL', KEYS[1], me)
end
return { slots, taken + held, processes }
`)

/** With a `want` of 0 and none in use it gives back all. */
export function slotsArgs(member: string, { max, want, inUse, lease, weight }: SlotsAsk): readonly string[] {
  return [member, `${max}`, `${want}`, `${inUse}`, `${Math.ceil(lease * 1000)}`, `${weight}`]
}

export function readSlots(reply: unknown): SlotsGrant {
  const [slots = 0, taken = 0, processes = 0] = counts(reply, 3)
  return { slots, taken, processes }
}

/** One ask over one client, without an engine around it. */
export interface SlotsRun {
  readonly adapter: Adapter
  readonly key: string
  readonly member: string
  readonly ask: SlotsAsk
}

export async function runSlots({ adapter, key, member, ask }: SlotsRun): Promise<SlotsGrant> {
  return readSlots(await slotsScript.run(adapter, key, slotsArgs(member, ask)))
}
