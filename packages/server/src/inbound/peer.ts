import { splitOutsideQuotes, unquoted } from './quoted.ts'

/** The other end of a connection. */
export interface Peer {
  /** Its address; undefined for a Unix socket, or a connection that is gone. */
  readonly address: string | undefined
  /** Whom its certificate names, when the handshake has verified one. */
  readonly certificate: string | undefined
}

/** As much of a socket as is looked at: Node's own, over TLS or not, or what stands for one over HTTP/2. */
export interface PeerSocket {
  readonly remoteAddress?: string | undefined
  readonly authorized?: boolean
  getPeerCertificate?(): PeerCertificate | undefined
}

export interface PeerCertificate {
  readonly subject?: { readonly CN?: string | string[] | undefined } | undefined
  readonly subjectaltname?: string | undefined
}

/** A connection's certificate does not change: it is read once, with the first request that asks. */
const known = new WeakMap<object, string | null>()

export function peerOf(socket: PeerSocket | null | undefined): Peer {
  return { address: plainAddress(socket?.remoteAddress), certificate: socket === null || socket === undefined ? undefined : certificateOf(socket) }
}

/** `::ffff:10.0.0.1`, as a socket that listens on both kinds has it, is 10.0.0.1. */
export function plainAddress(address: string | undefined): string | undefined {
  return address?.startsWith('::ffff:') === true && address.includes('.') ? address.slice(7) : address
}

function certificateOf(socket: PeerSocket): string | undefined {
  if (socket.authorized !== true || typeof socket.getPeerCertificate !== 'function') return undefined
  let name = known.get(socket)
  if (name === undefined) {
    name = nameIn(socket.getPeerCertificate()) ?? null
    known.set(socket, name)
  }
  return name ?? undefined
}

/** A SPIFFE id, or any other URI; else the common name; else the first DNS name. */
export function nameIn(certificate: PeerCertificate | undefined): string | undefined {
  if (certificate === undefined || certificate === null) return undefined
  // Node puts names with a comma in quotes (CVE-2021-44532): split blindly, one name could bring a second along.
  const names = splitOutsideQuotes(certificate.subjectaltname ?? '', ',').map((name) => name.trim())
  const ofKind = (kind: string): string | undefined => {
    const name = names.find((name) => name.startsWith(kind))?.slice(kind.length)
    return name === undefined ? undefined : unquoted(name)
  }
  const commonName = certificate.subject?.CN
  return ofKind('URI:') ?? (typeof commonName === 'string' ? commonName : commonName?.[0]) ?? ofKind('DNS:')
}
