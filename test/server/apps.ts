import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { express, type ServerControl, type ServerOptions } from '@inmesh/express'
import { fastify } from '@inmesh/fastify'
import { nodeHttp } from '@inmesh/server'
import type { MeshHost } from '@inmesh/pipeline'
import express5 from 'express'
import newFastify, { type FastifyReply } from 'fastify'

// Express 4 has the same calls as far as they are used here, and no types of its own beside those of 5.
const express4 = (await import('express4' as string) as { default: typeof express5 }).default

/** One framework with inmesh in it, a few routes, and a real socket. */
export interface App {
  readonly origin: string
  readonly control: ServerControl
  readonly server: Server
  close(): Promise<void>
}

export interface Exchange {
  readonly req: IncomingMessage
  /** Node's own response, for what frameworks have no word for; taken out of the framework's hands by `raw()`. */
  raw(): ServerResponse
  send(body: string): void
}

/** `GET /items/:id`, or `POST /items`. */
export type Routes = Readonly<Record<string, (exchange: Exchange) => unknown>>

export interface AppOptions extends ServerOptions {
  /** Mounted so often. Default once. */
  readonly copies?: number
  /** Something in front of inmesh that takes a while, such as a look at a session. */
  readonly before?: (() => Promise<unknown>) | undefined
}

export type Start = (routes: Routes, options?: AppOptions, mesh?: { readonly host: MeshHost }) => Promise<App>

export const apps: readonly (readonly [name: string, start: Start])[] = [
  ['node:http', startNode],
  ['Express 4', (routes, options, mesh) => startExpress(express4, routes, options, mesh)],
  ['Express 5', (routes, options, mesh) => startExpress(express5, routes, options, mesh)],
  ['Fastify 5', startFastify],
]

/** What counts as overload is out of reach: a busy machine would have its tests refused. */
const calm = { targetDelay: '10s' } as const

async function startNode(routes: Routes, { copies = 1, before, admission, ...options }: AppOptions = {}, mesh?: { readonly host: MeshHost }): Promise<App> {
  const table = Object.entries(routes).map(([route, handle]) => ({ route, pattern: patternOf(route), handle }))
  const find = ({ method, url = '/' }: { readonly method?: string | undefined; readonly url?: string | undefined }) => table.find(({ pattern }) => pattern.test(`${method} ${url.split('?')[0]}`))
  const governed = nodeHttp(mesh, { route: ({ method, path }) => find({ method, url: path })?.route, admission: admission === false ? false : { ...calm, ...admission }, ...options })
  let listener = governed((req: IncomingMessage, res: ServerResponse) => {
    // Node tells of an answer after the end in this way.
    res.on('error', () => {})
    const found = find(req)
    if (found === undefined) return void res.writeHead(404).end()
    const handle = async (): Promise<void> => {
      if (req.method === 'POST') for await (const _ of req);
      await found.handle({ req, raw: () => res, send: (body) => void res.end(body) })
    }
    handle().catch(() => {
      if (!res.headersSent) res.writeHead(500)
      res.end()
    })
  })
  for (let i = 1; i < copies; i++) listener = governed(listener)
  return listening(createServer(before === undefined ? listener : (req, res) => void before().then(() => listener(req, res))), governed)
}

async function startExpress(framework: typeof express5, routes: Routes, { copies = 1, before, admission, ...others }: AppOptions = {}, mesh?: { readonly host: MeshHost }): Promise<App> {
  const options = { ...others, admission: admission === false ? false as const : { ...calm, ...admission } }
  const app = framework()
  const governed = express(mesh, options)
  if (before !== undefined) {
    app.use((_req, _res, next) => {
      const pass = (): void => next()
      void before().then(pass)
    })
  }
  app.use(governed)
  for (let i = 1; i < copies; i++) app.use(express(mesh, options))
  app.use(framework.text())
  for (const [route, handle] of Object.entries(routes)) {
    const [method = '', path = ''] = route.split(' ')
    app[method.toLowerCase() as 'get' | 'post'](path, (req, res, next) => {
      // What Express 5 does by itself.
      const run = async (): Promise<void> => {
        try {
          await handle({ req, raw: () => res, send: (body) => void res.send(body) })
        } catch (error) {
          next(error)
        }
      }
      void run()
    })
  }
  app.use((_error: unknown, _req: unknown, res: { headersSent: boolean; status(code: number): { end(): void } }, _next: unknown) => {
    if (!res.headersSent) res.status(500).end()
  })
  return listening(createServer(app), governed)
}

async function startFastify(routes: Routes, { copies = 1, before, admission, ...others }: AppOptions = {}, mesh?: { readonly host: MeshHost }): Promise<App> {
  const options = { ...others, admission: admission === false ? false as const : { ...calm, ...admission } }
  const app = newFastify()
  if (before !== undefined) app.addHook('onRequest', async () => void await before())
  for (let i = 0; i < copies; i++) await app.register(fastify(mesh, options))
  for (const [route, handle] of Object.entries(routes)) {
    const [method = '', url = ''] = route.split(' ')
    app.route({ method, url, handler: (request, reply) => answer(reply, (send) => handle({ req: request.raw, raw: () => reply.hijack().raw, send })) })
  }
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, control: app.inmesh, server: app.server, close: () => app.close() }
}

/** Fastify sends what a handler resolves to; a handler that answers nothing leaves its caller waiting. */
async function answer(reply: FastifyReply, handle: (send: (body: string) => void) => unknown): Promise<FastifyReply> {
  await handle((body) => void reply.send(body))
  return reply
}

async function listening(server: Server, control: ServerControl): Promise<App> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    control,
    server,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
      control.close()
    },
  }
}

function patternOf(route: string): RegExp {
  return new RegExp(`^${route.replace(/:[a-z]+/g, '[^/]+')}$`)
}
