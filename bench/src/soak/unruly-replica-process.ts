import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

// Servers that mostly answer, and otherwise fail in each way that a client has to live with.
const answer = (response: ServerResponse): void => {
  const chance = Math.random()
  if (chance < 0.005) return
  if (chance < 0.02) return void response.socket?.destroy()
  if (chance < 0.04) return void response.writeHead(503, { 'retry-after': '1' }).end('busy')
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.write('a piece, ')
  if (chance < 0.06) setTimeout(() => response.socket?.destroy(), 1)
  else if (chance < 0.1) setTimeout(() => response.end('and a late one'), 5 + Math.random() * 20)
  else response.end('and another')
}

const listen = async (): Promise<number> => {
  const server = createServer((request, response) => {
    request.resume()
    request.on('error', () => {})
    if (Math.random() < 0.05) setTimeout(answer, Math.random() * 20, response)
    else answer(response)
  })
  // Short, so that connections are closed under requests that are about to use them.
  server.keepAliveTimeout = 50
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

process.once('disconnect', () => process.exit(0))
process.send?.(await Promise.all(Array.from({ length: Number(process.argv[2]) }, listen)))
