import { describe, expect, test, vi } from 'vitest'
import { fetch as undiciFetch } from 'undici'
import { gzipSync } from 'node:zlib'
import { answer, rig, serve, type Rig } from './rig.test-support.ts'

async function failing(reply: () => unknown): Promise<Rig> {
  const { url } = await serve((_request, response) => answer(response, 503, 'sorry'))
  return rig([url], { policy: { retry: false, fallback: { reply } } })
}

describe('a fallback that gives a Response', () => {
  test('which came from another service, compressed, is read as it was decoded', async () => {
    const other = await serve((_request, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end(gzipSync('from elsewhere'))
    })
    for (const get of [fetch, undiciFetch]) {
      const { fetch: governed } = await failing(() => get(other.url))
      expect(await (await governed('/')).text()).toBe('from elsewhere')
    }
  })

  test('keeps an encoding that the user himself has applied', async () => {
    const { fetch: governed } = await failing(() => new Response(gzipSync('by hand'), { headers: { 'content-encoding': 'gzip' } }))
    expect(await (await governed('/')).text()).toBe('by hand')
  })

  test('keeps each of its cookies', async () => {
    const cookies = ['a=1', 'b=2']
    const { fetch: governed } = await failing(() => new Response('ok', { headers: cookies.map((cookie): [string, string] => ['set-cookie', cookie]) }))
    expect((await governed('/')).headers.getSetCookie()).toEqual(cookies)
  })

  test('that is no answer leaves the failure as it is', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    for (const value of [Response.error(), { status: 102 }]) {
      const { fetch: governed } = await failing(() => value)
      const reply = await governed('/')
      expect([reply.status, await reply.text()]).toEqual([503, 'sorry'])
    }
  })
})
