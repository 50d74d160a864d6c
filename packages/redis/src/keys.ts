import { createHash } from 'node:crypto'

// Every script gets exactly one key, so no script can ever touch two slots of a cluster. The braces keep what belongs
// together in one slot all the same, and whatever stands behind them cannot be a user's key, which stands inside.

const longest = 200

/** The keys of one limit. */
export interface LimitKeys {
  readonly members: string
  readonly slots: string
  /** The state of one of its keys. */
  state(key: string): string
}

export function limitKeys(prefix: string, id: string): LimitKeys {
  const name = `${prefix}:${escaped(id)}`
  return { members: `{${name}}:members`, slots: `{${name}}:slots`, state: (key) => `{${name}:${short(key)}}` }
}

/** In the same slot as `key`, so that whoever can be written there can be written here. */
export function checkKey(key: string): string {
  return `${key}:check`
}

/** Where there is no limit yet. */
export function firstKey(prefix: string): string {
  return `{${prefix}}`
}

/** What would end the braces, or make two limits and their keys read alike. */
function escaped(id: string): string {
  return id.replaceAll(/[%:{}]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)
}

/** A caller may send a name of a megabyte; Redis keeps no more of it than of any other. */
function short(key: string): string {
  return key.length <= longest ? key : `${key.slice(0, 32)}#${createHash('sha256').update(key).digest('base64url')}`
}
