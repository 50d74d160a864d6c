/**
 * Moves all that a Redis of ours knows by so many ms (`ARGV[1]`), in the formats of `@inmesh/redis`: its scripts read
 * the clock and compare it with these, so for them it is as if the clock had been moved the other way. A clock of its own
 * for one process is not to be had here.
 */
export const shiftState = `
local by = tonumber(ARGV[1]) * 1000
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  if kind == 'string' then
    local a, b, c = string.match(redis.call('GET', key), '^(%S+) (%S+) (%S+)$')
    if a then redis.call('SET', key, string.format('%.3f %.3f %.3f', a + by, b + by, c + by), 'KEEPTTL') end
  elseif kind == 'zset' then
    for _, name in ipairs(redis.call('ZRANGEBYSCORE', key, 1, '+inf')) do redis.call('ZINCRBY', key, by, name) end
  end
end
return 1
`
