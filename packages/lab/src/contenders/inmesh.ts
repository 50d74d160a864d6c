import type { Endpoint } from '../real/messages.ts'
import type { Client } from './client.ts'

export function createInmeshClient(_endpoints: readonly Endpoint[], _policy: Readonly<Record<string, unknown>>): Client {
  throw new Error('not yet')
}
