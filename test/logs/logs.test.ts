import { express } from '@inmesh/express'
import { logTo, messageFirst, type Logger } from '@inmesh/pipeline'
import { createMesh, interceptor, type Mesh, type ServiceConfig } from 'inmesh'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import expressApp from 'express'
import { destination, pino } from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import winston from 'winston'
import { listen } from '../server/listen.ts'

interface Line {
  readonly level: number | string
  readonly event: string
  readonly service?: string
  readonly msg?: string
  readonly message?: string
  readonly err?: { readonly type: string; readonly message: string; readonly stack: string }
  readonly [field: string]: unknown
}

/** A real pino that writes to a real file, as its users have it. */
function pinoToFile(): { readonly logger: pino.Logger; read(): Line[] } {
  const folder = mkdtempSync(join(tmpdir(), 'inmesh-logs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'app.log')
  const stream = destination({ dest: file, sync: true })
  return { logger: pino({ level: 'debug' }, stream), read: () => parsed(readFileSync(file, 'utf8')) }
}

function parsed(text: string): Line[] {
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line)
}

function meshWith(logger: Logger, catalog: ServiceConfig): Mesh<'catalog'> {
  const mesh = createMesh({ services: { catalog }, observers: [logTo(logger)] })
  onTestFinished(() => mesh.close({ within: '50ms' }))
  return mesh
}

const failing: RequestListener = (_req, res) => void res.writeHead(503).end('no')
const well: RequestListener = (_req, res) => void res.end('yes')

describe('with pino', () => {
  test('an ejection is one line that says which endpoint, for how long and why, and calls are none', async () => {
    const { logger, read } = pinoToFile()
    const [bad, ...good] = [await listen(failing), await listen(well), await listen(well)]
    const mesh = meshWith(logger, { endpoints: [bad, ...good], policy: { balance: 'round-robin' } })
    for (let i = 0; i < 40; i++) await (await mesh.service('catalog').fetch('/items/42')).text()
    const lines = read()
    expect(lines.filter(({ event }) => event === 'ejected')).toEqual([expect.objectContaining({ level: 40, service: 'catalog', endpoint: bad, why: 'consecutive', consecutive: 5, ejections: 1 })])
    const line = lines.find(({ event }) => event === 'ejected')
    expect(line?.msg).toMatch(/^catalog: http:\/\/127\.0\.0\.1:\d+ ejected for \d+(\.\d)? s: 5 consecutive failures$/)
    expect(lines.length).toBeLessThan(6)
  })

  test('a change of policy, a step with a bug and an origin that nobody configured are told, the bug with its stack', async () => {
    const { logger, read } = pinoToFile()
    const url = await listen(well)
    const stranger = await listen(well)
    const audit = interceptor('audit', async () => { throw new TypeError('bug') })
    const mesh = meshWith(logger, { endpoints: [url], policy: { interceptors: [audit] } })
    const warned = once(process, 'warning')
    await (await mesh.service('catalog').fetch('/items/42')).text()
    await warned
    mesh.patch({ services: { catalog: { policy: { drop: { SHEDDABLE: 0.3 } } } } })
    await (await mesh.fetch(stranger)).text()
    const lines = read()
    const bug = lines.find(({ event }) => event === 'interceptor-failed')
    expect(bug).toMatchObject({ level: 40, interceptor: 'audit', err: { type: 'TypeError', message: 'bug' }, msg: 'catalog: "audit" threw and was passed over: bug' })
    expect(bug?.err?.stack).toContain('logs.test.ts')
    const changed = lines.find(({ event }) => event === 'policy-changed')
    expect(changed?.['chain']).toContain('drop')
    expect(changed?.msg).toContain('drop → ')
    expect(lines.find(({ event }) => event === 'passed-through')).toMatchObject({ level: 30, origin: stranger })
  })

  test('a server without a mesh tells its shutdown', async () => {
    const { logger, read } = pinoToFile()
    const governed = express(undefined, { name: 'shop', observers: [logTo(logger)] })
    const app = expressApp()
    app.use(governed)
    app.get('/items/:id', (_req, res) => void res.send('yes'))
    const url = await listen(app)
    await (await fetch(`${url}/items/1`)).text()
    await governed.drain({ within: '1s', server: [] })
    expect(read().map(({ event, service }) => `${service} ${event}`)).toEqual(['shop draining', 'shop drained'])
    expect(read()[1]?.msg).toMatch(/^shop: drained in \d+ m?s: 0 ended, 0 cut off$/)
  })

  test('what callees and callers have written cannot make a line of its own', async () => {
    const { logger, read } = pinoToFile()
    const mesh = meshWith(logger, {
      endpoints: {
        subscribe: (_update, _fail, { note }) => {
          note('one\n{"level":60,"msg":"forged"}')
          return () => {}
        },
      },
    })
    await mesh.close({ within: 0 })
    expect(read().map(({ msg }) => msg)).toEqual(['catalog: one {"level":60,"msg":"forged"}'])
  })
})

describe('through messageFirst', () => {
  test('winston has message, level and fields where it looks for them', async () => {
    const written: string[] = []
    const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => { written.push(chunk.toString()); done() } })
    const logger = winston.createLogger({ format: winston.format.json(), transports: [new winston.transports.Stream({ stream })] })
    const mesh = meshWith(messageFirst(logger), {
      endpoints: {
        subscribe: (_update, fail) => {
          fail(new Error('no such host'))
          return () => {}
        },
      },
    })
    await mesh.close({ within: 0 })
    expect(parsed(written.join(''))).toEqual([expect.objectContaining({ level: 'error', message: 'catalog: its source of endpoints failed, and the last list stays: no such host', service: 'catalog', event: 'discovery-failed', err: expect.objectContaining({ type: 'Error', message: 'no such host' }) })])
  })

  test('console is one, too', () => {
    const logger: Logger = messageFirst(console)
    expect(Object.keys(logger)).toEqual(['debug', 'info', 'warn', 'error'])
  })
})
