import type { ServerWire } from '@inmesh/pipeline'
import { METHODS } from 'node:http'

const wires = (scheme: 'http' | 'https'): ReadonlyMap<string, ServerWire> => new Map(METHODS.map((method) => [method, { protocol: 'http', method, scheme }]))
const plain = wires('http')
const encrypted = wires('https')

/** Over HTTP/2 a method is any text that its sender likes: that is not kept. */
export function wireOf(method: string, isEncrypted: boolean): ServerWire {
  return (isEncrypted ? encrypted : plain).get(method) ?? { protocol: 'http', method, scheme: isEncrypted ? 'https' : 'http' }
}
