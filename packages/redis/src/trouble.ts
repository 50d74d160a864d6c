import type { Millis } from '@inmesh/policy'
import { OldServer } from './scripts/check.ts'
import { Garbage } from './scripts/reply.ts'

/** Why Redis does not do what it should, in words, and what would help. Carries nothing of the client's error but its words: on it may hang a command with a password. */
export class Trouble extends Error {
  readonly advice: string
  /** Redis has said so itself: to wait for another answer is of no use. */
  readonly answered: boolean

  constructor(why: string, advice: string, answered: boolean) {
    super(why)
    this.name = 'Trouble'
    this.advice = advice
    this.answered = answered
  }

  because(other: Trouble): Trouble {
    if (other.message === this.message) return this
    return new Trouble(`${this.message} (the client says: ${other.message})`, other.advice, this.answered || other.answered)
  }
}

const byCode: Readonly<Record<string, string>> = {
  WRONGPASS: 'Give the client the right username and password.',
  NOAUTH: 'Give the client a password: this Redis wants one.',
  NOPERM: 'Let the ACL user call EVAL, EVALSHA and what the scripts call (README of @inmesh/redis) on keys that begin with the prefix.',
  READONLY: 'Connect the client to the primary: this is a replica.',
  OOM: 'Redis has no memory left: raise maxmemory, or let it evict keys (all of ours expire).',
  MISCONF: 'Redis cannot write to its disk and refuses to be written to: look at its log.',
  LOADING: 'Redis reads its data from disk; it answers once that is done.',
  BUSY: 'Somebody\'s script blocks Redis: SCRIPT KILL ends it.',
  MASTERDOWN: 'The replica has lost its primary: connect the client to the primary.',
  NOREPLICAS: 'Redis wants more replicas than it has (min-replicas-to-write).',
  CLUSTERDOWN: 'Slots of the cluster have no node: look at CLUSTER INFO.',
  MOVED: 'This is a node of a cluster: give redis() a cluster client.',
  ASK: 'This is a node of a cluster: give redis() a cluster client.',
  CROSSSLOT: 'Every script of ours has one key: look at what stands between the client and Redis.',
  WRONGTYPE: 'Somebody else writes keys with this prefix: choose another `prefix`.',
}

/** Of whatever a client rejects with. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof Trouble) return error
  if (error instanceof OldServer) return new Trouble(error.message, 'Use Redis 6.2 or later, or Valkey.', true)
  if (error instanceof Garbage) return new Trouble(error.message, 'Look at what the client is connected to: it is no Redis, or a proxy that changes answers.', true)
  const said = words(error)
  const code = /^[A-Z][A-Z0-9]+(?= )/.exec(said)?.[0]
  if (code !== undefined) return new Trouble(said, byCode[code] ?? adviceFor(said), true)
  return new Trouble(said, adviceFor(said), false)
}

export function timedOut(within: Millis): Trouble {
  return new Trouble(`no answer within ${within} ms`, 'Look at how long Redis takes (SLOWLOG, the network, its CPU), or raise commandTimeout.', false)
}

export function notConnected(): Trouble {
  return new Trouble('the client is not connected', 'Connect the client, and listen to its `error` event: it says why.', false)
}

export function unreached(within: Millis, trouble: Trouble): Trouble {
  return new Trouble(`not reached within ${within} ms: ${trouble.message}`, trouble.advice, trouble.answered)
}

/** What was under way when Redis was lost for another reason. */
export function cutOff(why: string): Trouble {
  return new Trouble(why, '', false)
}

function adviceFor(said: string): string {
  if (/unknown command/i.test(said)) return 'Use Redis 6.2 or later, or Valkey, with scripts (EVAL) allowed.'
  if (/subscriber mode/i.test(said)) return 'Give redis() a client of its own: this one is used for subscriptions.'
  if (/closed|ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT/i.test(said)) return 'Look at whether Redis runs there and can be reached, and whether the client was closed.'
  return 'Look at the log of Redis, and at the `error` event of the client.'
}

/**
 * The first line, short, without its full stop, and without what may be a secret: what stands before an @ in an address, and the arguments
 * of a command that the server does not know. To one older than Redis 6, or a proxy, that is HELLO, and its arguments are a name and a password.
 */
function words(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error)
  const [first = ''] = text.split('\n')
  return first.replaceAll(/\/\/[^@\s/]*@/g, '//').replace(/,? with args beginning with:.*/i, '').slice(0, 200).replace(/[.\s]+$/, '') || 'an error without words'
}
