import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nodeHttp } from '@inmesh/server'

// A server whose handlers compute. `computing-process.ts FOLDER`: a request for `/name` holds up the event loop until there is
// such a file in it. Tells its port, then for each request that begins how many more it knows of by then.

/** What it tells. */
export type ComputingTold =
  | { readonly what: 'port'; readonly port: number }
  | { readonly what: 'began'; readonly path: string; readonly waiting: number }

const [folder = ''] = process.argv.slice(2)
const governed = nodeHttp(undefined, { admission: { min: 1000, max: 1000, maxWait: '10s' } })

const server = createServer(governed((req, res) => {
  const path = req.url ?? ''
  tell({ what: 'began', path, waiting: governed.inspect().waiting })
  while (path !== '/' && !existsSync(folder + path));
  res.end()
}))

server.listen(0, '127.0.0.1', () => tell({ what: 'port', port: (server.address() as AddressInfo).port }))
process.once('disconnect', () => process.exit(0))

function tell(told: ComputingTold): void {
  process.send?.(told)
}
