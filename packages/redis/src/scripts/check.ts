import { counts } from './reply.ts'
import { Script } from './script.ts'

/**
 * The first that is sent, and again after each loss: it runs a script and writes, so a replica, a full memory or a user
 * who may do neither answers here as it would answer an ask. GETEX came with Redis 6.2; where a user may not call it,
 * nobody knows, and nothing is refused.
 */
export const checkScript: Script = new Script(`
redis.call('TIME')
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
local answer = redis.pcall('GETEX', KEYS[1], 'PX', ARGV[1])
if type(answer) == 'table' and answer.err and string.find(string.lower(answer.err), 'unknown redis command', 1, true) then return { 0 } end
return { 1 }
`)

export const checkArgs: readonly string[] = ['1000']

export class OldServer extends Error {
  constructor() {
    super('the server is older than Redis 6.2')
    this.name = 'OldServer'
  }
}

export function readCheck(reply: unknown): void {
  const [able] = counts(reply, 1)
  if (able === 0) throw new OldServer()
}
