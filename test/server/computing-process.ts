import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nodeHttp } from '@inmesh/server'

// A server whose handlers compute: each holds up the event loop for as long as its path says, in ms. Tells its port, then
// for each request that begins how many more it knows of by then.

/** What it tells. */
export type ComputingTold =
  | { readonly what: 'port'; readonly port: number }
  | { readonly what: 'began'; readonly path: string; readonly waiting: number }

const governed = nodeHttp(undefined, { admission: { min: 1000, max: 1000, maxWait: '10s' } })

const server = createServer(governed((req, res) => {
  const path = req.url ?? '/0'
  tell({ what: 'began', path, waiting: governed.inspect().waiting })
  for (const end = performance.now() + Number(path.slice(1)); performance.now() < end; );
  res.end()
}))

server.listen(0, '127.0.0.1', () => tell({ what: 'port', port: (server.address() as AddressInfo).port }))
process.once('disconnect', () => process.exit(0))

function tell(told: ComputingTold): void {
  process.send?.(told)
}
