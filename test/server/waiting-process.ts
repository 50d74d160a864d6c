import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nodeHttp } from '@inmesh/server'

// A server whose handlers wait. `waiting-process.ts HELD`: beside them something else holds up the event loop for so many ms at a
// time, without an end. A request for `/?wait=W&burn=B` waits W ms, then holds it up for B. Tells its port.

const [held = '0'] = process.argv.slice(2)
const governed = nodeHttp(undefined, { admission: {} })

const server = createServer(governed((req, res) => {
  const { searchParams } = new URL(req.url ?? '/', 'http://localhost')
  const wait = Number(searchParams.get('wait'))
  const end = (): void => {
    holdUp(Number(searchParams.get('burn')))
    res.end()
  }
  if (wait > 0) setTimeout(end, wait)
  else end()
}))

// Of a hundred connections that are opened one in a turn of 50 ms the first wait for the last longer than Node's five seconds.
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit(0))
if (Number(held) > 0) keepBusy()

function keepBusy(): void {
  holdUp(Number(held))
  setTimeout(keepBusy, 0)
}

function holdUp(millis: number): void {
  for (const end = performance.now() + millis; performance.now() < end; );
}
