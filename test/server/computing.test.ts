import { fork } from 'node:child_process'
import { Agent, request } from 'node:http'
import { expect, it } from 'vitest'
import type { ComputingTold } from './computing-process.ts'

const connections = 30

it('a server that computes reads every connection that came meanwhile before it computes again', { timeout: 20_000 }, async () => {
  const child = fork(new URL('./computing-process.ts', import.meta.url), { execArgv: ['--conditions=@inmesh/source'] })
  const began: Extract<ComputingTold, { what: 'began' }>[] = []
  const agent = new Agent({ maxSockets: Infinity })
  let port = 0
  const get = (path: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      request({ port, path, agent }, (res) => {
        res.resume()
        resolve(res.statusCode)
      }).on('error', reject).end()
    })
  const replies = await new Promise<readonly (number | undefined)[]>((resolve, reject) => {
    child.on('message', (told: ComputingTold) => {
      if (told.what === 'port') {
        port = told.port
        get('/500').catch(reject)
      } else {
        began.push(told)
        if (told.path === '/500') Promise.all(Array.from({ length: connections }, () => get('/1'))).then(resolve, reject)
      }
    })
  })
  child.disconnect()
  agent.destroy()
  expect(new Set(replies)).toEqual(new Set([200]))
  // Node accepts one connection in each turn of its loop: who begins a request in every turn would know of one or two.
  expect(began[1]?.waiting).toBeGreaterThan(connections / 2)
})
