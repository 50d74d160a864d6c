import type { Millis } from '../types.ts'
import { digits, type HeaderValue, joined, sane } from './header-value.ts'

/** One quota that a callee tells of. */
export interface RateLimitStatus {
  /** The name of its policy; empty in the older form, which has none. */
  readonly policy: string
  /** What may still be sent. */
  readonly remaining: number
  /** Until there is more, in ms. Absent when not said, or more than a day. */
  readonly resetIn?: Millis
}

const MOST_POLICIES = 16

// Structured fields (RFC 9651), as much of them as the draft uses. Sticky, and each character can match in one way only.
const NAME = /[ \t]*(?:"((?:[ !#-[\]-~]|\\["\\])*)"|([A-Za-z*][\w!#$%&'*+.^`|~:/-]*))/y
const PARAMETER = /[ \t]*;[ ]*([a-z*][a-z0-9_.*-]*)(?:=("(?:[ !#-[\]-~]|\\["\\])*"|:[A-Za-z0-9+/=]*:|[\w?!#$%&'*+.^`|~:/-]+))?/y
const NEXT = /[ \t]*(,|$)/y
const OLD_MEMBER = /^[ \t]*(limit|remaining|reset)=(\d{1,15})[ \t]*$/

/**
 * `RateLimit` of the IETF httpapi draft: `"default";r=50;t=30`, a list (since revision 08); also the form of revisions 03
 * to 07, `limit=100, remaining=50, reset=30`. All of it or nothing: half a list may lack the quota that binds.
 */
export function parseRateLimit(value: HeaderValue): readonly RateLimitStatus[] | undefined {
  const text = joined(value)
  if (text === undefined || text === '') return undefined
  return parseOld(text) ?? parseList(text)
}

export function formatRateLimit(quotas: readonly RateLimitStatus[]): string {
  return quotas.map(({ policy, remaining, resetIn }) => {
    const name = policy.replace(/[^ -~]/g, '?').replace(/["\\]/g, '\\$&')
    const reset = resetIn === undefined ? '' : `;t=${Math.max(0, Math.ceil(resetIn / 1000))}`
    return `"${name}";r=${Math.max(0, Math.floor(remaining))}${reset}`
  }).join(', ')
}

function parseList(text: string): RateLimitStatus[] | undefined {
  const found: RateLimitStatus[] = []
  for (let at = 0; found.length < MOST_POLICIES; ) {
    const name = match(NAME, text, at)
    if (name === null) return undefined
    const parameters = new Map<string, string | undefined>()
    at += name[0].length
    for (let p = match(PARAMETER, text, at); p !== null; p = match(PARAMETER, text, at)) {
      parameters.set(p[1]!, p[2])
      at += p[0].length
    }
    const quota = status(name[1]?.replace(/\\(.)/g, '$1') ?? name[2]!, parameters.get('r'), parameters.get('t'))
    const next = match(NEXT, text, at)
    if (quota === undefined || next === null) return undefined
    found.push(quota)
    if (next[1] === '') return found
    at += next[0].length
  }
  return undefined
}

function parseOld(text: string): RateLimitStatus[] | undefined {
  const members = new Map<string, string>()
  for (const part of text.split(',', 4)) {
    const member = OLD_MEMBER.exec(part)
    if (member === null || members.has(member[1]!)) return undefined
    members.set(member[1]!, member[2]!)
  }
  const quota = status('', members.get('remaining'), members.get('reset'))
  return quota && [quota]
}

function status(policy: string, remaining: string | undefined, reset: string | undefined): RateLimitStatus | undefined {
  const left = digits(remaining, 15)
  const seconds = digits(reset, 15)
  if (left === undefined || (reset !== undefined && seconds === undefined)) return undefined
  const resetIn = seconds === undefined ? undefined : sane(seconds * 1000)
  return resetIn === undefined ? { policy, remaining: left } : { policy, remaining: left, resetIn }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}
