import type { BodyKind, ConformanceAdapter, ConformanceCall, Reply, UpgradeRig } from '@inmesh/testing'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { FormData as UndiciFormData, type Dispatcher } from 'undici'
import { HttpParts, methodOf, replyOf } from './http-rig.ts'

const bytes = (content: string): Uint8Array => new TextEncoder().encode(content)

function form<F extends { append(name: string, value: string): void }>(data: F, content: string): F {
  data.append('field', content)
  return data
}

async function* pieces(content: string): AsyncGenerator<Buffer> {
  const all = Buffer.from(content)
  for (let at = 0; at < all.length; at += 1000) yield all.subarray(at, at + 1000)
}

const replayable = (name: string, make: (content: string) => unknown): BodyKind => ({ name, replayable: true, make })
const oneShot = (name: string, make: (content: string) => unknown): BodyKind => ({ name, replayable: false, make })

export const overFetch = (http2: boolean): ConformanceAdapter => ({
  name: http2 ? 'fetch over HTTP/2' : 'fetch over HTTP/1.1',
  lacks: ['trailers', 'informational', 'upgrade'],
  bodies: [
    replayable('string', (content) => content),
    replayable('Uint8Array', bytes),
    replayable('ArrayBuffer', (content) => bytes(content).buffer),
    replayable('Blob', (content) => new Blob([content])),
    replayable('FormData', (content) => form(new FormData(), content)),
    oneShot('ReadableStream', (content) => Readable.toWeb(Readable.from(pieces(content)))),
    oneShot('async iterable', pieces),
  ],
  start: async (options) => {
    const parts = await HttpParts.start(options, http2)
    return parts.rig((call) => byFetch(parts, call))
  },
})

async function byFetch({ fetch }: HttpParts, call: ConformanceCall): Promise<Reply> {
  const { signal, headers, body, timeout } = call
  const response = await fetch('/', {
    method: methodOf(call),
    ...(body === undefined ? {} : { body: body as NonNullable<RequestInit['body']>, duplex: 'half' }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    ...(signal === undefined ? {} : { signal }),
    ...(timeout === undefined ? {} : { mesh: { timeout } }),
  } as RequestInit)
  const iterator = response.body?.[Symbol.asyncIterator]() ?? pieces('')
  return replyOf({ status: response.status, pieces: iterator, trailers: () => ({}), cancel: async () => void (await iterator.return?.(undefined)) })
}

export const overDispatcher = (http2: boolean): ConformanceAdapter => ({
  name: http2 ? 'dispatcher over HTTP/2' : 'dispatcher over HTTP/1.1',
  // HTTP/2 has no upgrade.
  lacks: http2 ? ['upgrade'] : [],
  bodies: [
    replayable('string', (content) => content),
    replayable('Buffer', (content) => Buffer.from(content)),
    replayable('Uint8Array', bytes),
    replayable('FormData', (content) => form(new UndiciFormData(), content)),
    oneShot('Readable', (content) => Readable.from(pieces(content))),
    oneShot('async iterable', pieces),
  ],
  start: async (options): Promise<UpgradeRig> => {
    const parts = await HttpParts.start(options, http2)
    return { ...parts.rig((call) => byDispatcher(parts, call)), upgrade: () => upgrade(parts) }
  },
})

async function byDispatcher({ dispatcher }: HttpParts, call: ConformanceCall): Promise<Reply> {
  const { signal, headers, body, timeout, onInformational } = call
  const { statusCode, body: reply, trailers } = await dispatcher.request({
    origin: 'http://conformance',
    path: '/',
    method: methodOf(call),
    ...(body === undefined ? {} : { body: body as Buffer }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    ...(signal === undefined ? {} : { signal }),
    ...(timeout === undefined ? {} : { mesh: { timeout } }),
    ...(onInformational === undefined ? {} : { onInfo: (info: { statusCode: number }) => onInformational(info.statusCode) }),
  } as Dispatcher.RequestOptions)
  reply.on('error', () => {})
  return replyOf({ status: statusCode, pieces: reply[Symbol.asyncIterator](), trailers: () => trailers as Record<string, string>, cancel: async () => void reply.destroy() })
}

async function upgrade({ dispatcher }: HttpParts): ReturnType<UpgradeRig['upgrade']> {
  const { socket } = await dispatcher.upgrade({ path: '/', protocol: 'echo' })
  return {
    echo: async (text) => {
      socket.write(text)
      const [heard] = (await once(socket, 'data')) as [Buffer]
      return heard.toString()
    },
    close: () => void socket.destroy(),
  }
}
