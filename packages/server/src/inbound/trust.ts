import { BlockList, isIP } from 'node:net'
import { loud } from '@inmesh/pipeline'
import type { Peer } from './peer.ts'

/**
 * Whom to believe what anybody could write: that a call is `CRITICAL_PLUS`, whom it comes from, which address stands behind
 * a proxy. Addresses and networks (`10.0.0.0/8`, `fd00::/8`, `127.0.0.1`), or a function of the connection.
 */
export type Trust = readonly string[] | ((peer: Peer) => boolean)

/** What a network looks like, for messages. */
export const trustForm = "a list of addresses and networks, such as ['10.0.0.0/8', '::1'], or a function of the connection"

export function isTrust(value: unknown): value is Trust {
  return typeof value === 'function' || (Array.isArray(value) && value.every(isNetwork))
}

/** Whether a connection is believed. A function that throws believes nobody, and is told of once. */
export function trusting(trust: Trust = []): (peer: Peer) => boolean {
  if (typeof trust === 'function') return guarded(trust)
  if (trust.length === 0) return () => false
  const list = new BlockList()
  for (const network of trust) {
    const [address = '', prefix] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return remembering((address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
}

/** Addresses kept with their answer: a look at the list takes microseconds, and the same few proxies come again and again. */
const KEPT = 1_000

function remembering(check: (address: string) => boolean): (peer: Peer) => boolean {
  const known = new Map<string, boolean>()
  return ({ address }) => {
    if (address === undefined) return false
    let answer = known.get(address)
    if (answer === undefined) {
      answer = check(address)
      if (known.size >= KEPT) known.clear()
      known.set(address, answer)
    }
    return answer
  }
}

function isNetwork(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const [address = '', prefix, more] = value.split('/')
  const family = isIP(address)
  if (family === 0 || more !== undefined) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32))
}

function guarded(trust: (peer: Peer) => boolean): (peer: Peer) => boolean {
  let told = false
  return (peer) => {
    try {
      return trust(peer) === true
    } catch (error) {
      if (!told) loud('"trust" threw; whoever it was asked about is not trusted', error)
      told = true
      return false
    }
  }
}
