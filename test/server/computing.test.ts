import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { ComputingTold } from './computing-process.ts'

const connections = 30
/** Long enough to count as late. */
const late = 200

/** A connection with a request on it. */
function send(port: number, path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', reject)
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`, () => resolve(socket))
  })
}

async function statusOf(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text.slice(0, 'HTTP/1.1 200'.length)
}

it('a server that computes reads every connection that came meanwhile before it computes again', { timeout: 30_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'inmesh-computing-'))
  const child = fork(new URL('./computing-process.ts', import.meta.url), [folder], { execArgv: ['--conditions=@inmesh/source'] })
  let began: number[] = []
  const port = await new Promise<number>((resolve) => {
    child.on('message', (told: ComputingTold) => {
      if (told.what === 'port') resolve(told.port)
      else began.push(told.waiting)
    })
  })
  const known: number[] = []
  // On a machine that is busy with something else a round may be cut short by the machine.
  for (let round = 0; round < 10 && Math.max(...known) <= connections / 2; round++) {
    began = []
    const long = await send(port, `/${round}`)
    await wait(late)
    const others = await Promise.all(Array.from({ length: connections }, () => send(port, '/')))
    // The kernel has them all, and what was written to them.
    writeFileSync(join(folder, String(round)), '')
    const replies = await Promise.all([long, ...others].map(statusOf))
    expect(new Set(replies)).toEqual(new Set(['HTTP/1.1 200']))
    known.push(began[1] ?? 0)
  }
  child.disconnect()
  rmSync(folder, { recursive: true })
  // Node accepts one connection in each turn of its loop: who begins a request in every turn would know of one or two.
  expect(Math.max(...known)).toBeGreaterThan(connections / 2)
})
