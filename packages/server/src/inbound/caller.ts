import type { HeaderValue } from '@inmesh/policy'
import type { IgnoredValues } from './ignored.ts'
import { plainAddress, type Peer } from './peer.ts'
import { splitOutsideQuotes, unquoted } from './quoted.ts'
import { commonNameIn } from './common-name.ts'
import type { Headers } from './read-inbound.ts'

/** Who sent a request, as far as that is known. */
export interface Caller {
  /** The name in its certificate or in a trusted proxy's header, else its address. */
  readonly name: string
  /** How it is known. An address is where a request comes from, and no proof of who sent it. */
  readonly by: 'certificate' | 'header' | 'address'
  readonly address: string | undefined
}

/** Longer than any name that somebody has. */
const LONGEST_NAME = 256
const LONGEST_HEADER = 8192
/** Nobody has more proxies in a row; who writes more wants them all looked at. */
const MOST_HOPS = 16
const CLIENT_CERTIFICATE = 'x-forwarded-client-cert'

export interface CallerTerms {
  /** The header in which trusted proxies say whom they speak for. */
  readonly header: string
  readonly trusts: (peer: Peer) => boolean
  readonly ignored: IgnoredValues
}

/**
 * What the connection itself proves goes first, unless it is a proxy's that is trusted to say for whom it speaks. A header
 * from anybody else is no proof, and is not read.
 */
export function callerOf(peer: Peer, headers: Headers, terms: CallerTerms): Caller | undefined {
  const trusted = terms.trusts(peer)
  const address = trusted ? addressBehind(peer, headers, terms) : peer.address
  const named = trusted ? nameInHeader(headers, terms) : undefined
  if (named !== undefined) return { name: named, by: 'header', address }
  if (peer.certificate !== undefined) return { name: peer.certificate.slice(0, LONGEST_NAME), by: 'certificate', address }
  return address === undefined ? undefined : { name: address, by: 'address', address }
}

function nameInHeader(headers: Headers, { header, ignored }: CallerTerms): string | undefined {
  const value = headers[header]
  if (value === undefined) return undefined
  const text = textOf(value)
  const name = text === undefined ? undefined : header === CLIENT_CERTIFICATE ? forwardedName(text) : text.trim()
  if (name !== undefined && name !== '' && name.length <= LONGEST_NAME) return name
  ignored.count(header)
  return undefined
}

function textOf(value: HeaderValue): string | undefined {
  const text = typeof value === 'string' ? value : value?.length === 1 ? value[0] : undefined
  return text !== undefined && text.length <= LONGEST_HEADER ? text : undefined
}

/**
 * Envoy's `x-forwarded-client-cert`: of the last element, which the proxy before us has added, the URI of the client's
 * certificate, else its subject's common name, else its first DNS name.
 */
export function forwardedName(text: string): string | undefined {
  const last = splitOutsideQuotes(text, ',').at(-1) ?? ''
  const pairs = splitOutsideQuotes(last, ';').map((pair) => pair.trim())
  const valueOf = (key: string): string | undefined => {
    const found = pairs.find((pair) => pair.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1)
    return found === undefined || found === '' || found === '""' ? undefined : found
  }
  const plain = (value: string | undefined): string | undefined => (value === undefined ? undefined : unquoted(value))
  return plain(valueOf('uri')) ?? commonNameIn(valueOf('subject') ?? '') ?? plain(valueOf('dns'))
}

/** The nearest address in `x-forwarded-for` that is not one of the proxies we trust: what stands before it anybody wrote. */
function addressBehind(peer: Peer, headers: Headers, { trusts }: CallerTerms): string | undefined {
  const value = headers['x-forwarded-for']
  const text = value === undefined || typeof value === 'string' ? value : value.join(',')
  if (text === undefined || text.length > LONGEST_HEADER) return peer.address
  let address = peer.address
  for (const hop of text.split(',').reverse().slice(0, MOST_HOPS)) {
    const before = plainAddress(hop.trim())
    if (before === undefined || before === '' || before.length > LONGEST_NAME) return address
    address = before
    if (!trusts({ address, certificate: undefined })) return address
  }
  return address
}
