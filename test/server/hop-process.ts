import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { currentCall, nodeHttp } from '@inmesh/server'
import { createMesh } from 'inmesh'

// One hop of a chain: `node hop-process.ts [origin of the next hop]`. Tells its port, then what happens to each request.

/** What a hop tells. Times are of the wall clock to a fraction of a millisecond, which processes of one machine share. */
export type HopTold =
  | { readonly what: 'port'; readonly port: number }
  | { readonly what: 'began'; readonly remaining: number; readonly criticality: string }
  | { readonly what: 'stopped'; readonly at: number; readonly why: string }

const [next] = process.argv.slice(2)
// One try of each call: what is looked at is the time and the cancel, not what else would be sent in it.
const alone = { retry: { mode: 'off' }, backup: { mode: 'off' }, rescue: { mode: 'off' } } as const
const mesh = createMesh({ services: { next: { endpoints: [next ?? 'http://127.0.0.1:9'], policy: alone } } })
const governed = nodeHttp(mesh, { admission: { targetDelay: '10s' } })

const server = createServer(governed((_req, res) => {
  const call = currentCall()!
  tell({ what: 'began', remaining: call.remaining(), criticality: call.criticality })
  call.signal.addEventListener('abort', () => tell({ what: 'stopped', at: performance.timeOrigin + performance.now(), why: (call.signal.reason as { code: string }).code }))
  // The last one works until it is told to stop; the others pass on what they hear.
  if (next === undefined) return
  mesh.service('next').fetch('/').then(
    (reply) => res.writeHead(reply.status).end(),
    (error: { code?: string }) => res.writeHead(error.code === 'INMESH_DEADLINE_EXCEEDED' ? 504 : 502).end(error.code),
  )
}))

server.listen(0, '127.0.0.1', () => tell({ what: 'port', port: (server.address() as AddressInfo).port }))
process.once('disconnect', () => process.exit(0))

function tell(told: HopTold): void {
  process.send?.(told)
}
