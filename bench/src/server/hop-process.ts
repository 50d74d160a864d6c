import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { currentCall, nodeHttp } from '@inmesh/server'
import { createMesh } from 'inmesh'

// One hop of a chain: `node hop-process.ts [origin of the next hop]`. The last one works until it is told to stop.

/** Times are of the wall clock to a fraction of a millisecond, which processes of one machine share. */
export type HopTold = { readonly port: number } | { readonly began: true } | { readonly stoppedAt: number }

const [next] = process.argv.slice(2)
const mesh = createMesh({ services: { next: { endpoints: [next ?? 'http://127.0.0.1:9'] } } })
const server = createServer(nodeHttp(mesh, { admission: { targetDelay: '10s' } })((_req, res) => {
  const { signal } = currentCall()!
  tell({ began: true })
  signal.addEventListener('abort', () => tell({ stoppedAt: performance.timeOrigin + performance.now() }))
  if (next !== undefined) mesh.service('next').fetch('/').then((reply) => res.writeHead(reply.status).end(), () => res.writeHead(502).end())
}))
server.listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port }))
process.once('disconnect', () => process.exit(0))

function tell(told: HopTold): void {
  process.send?.(told)
}
