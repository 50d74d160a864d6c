import { isIP } from 'node:net'

/** What grpc-js is to connect to: an address is not looked up, a name is. */
export function childTarget(url: URL): string {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  switch (isIP(host)) {
    case 4: return `ipv4:${host}:${port}`
    case 6: return `ipv6:[${host}]:${port}`
    default: return `dns:${host}:${port}`
  }
}
