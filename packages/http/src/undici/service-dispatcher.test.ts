import { interceptors, Pool } from 'undici'
import { describe, expect, test } from 'vitest'
import { answer, rig, serve } from '../rig.test-support.ts'

describe('a service as a dispatcher, as a pool of undici,', () => {
  test('composes with interceptors that need an origin, where the request names none', async () => {
    let served = 0
    const { url } = await serve((request, response) => {
      served++
      if (request.url === '/old') return answer(response, 302, '', { location: '/new' })
      answer(response, 200, `${request.url} ${request.headers.host}`, { 'cache-control': 'max-age=60' })
    })
    for (const dispatcher of [new Pool(url), rig([url]).dispatcher]) {
      served = 0
      const composed = dispatcher.compose([interceptors.cache(), interceptors.redirect({ maxRedirections: 1 })])
      for (let i = 0; i < 2; i++) {
        const reply = await composed.request({ path: '/old', method: 'GET' })
        expect(await reply.body.text()).toBe(`/new ${new URL(url).host}`)
      }
      expect(served).toBe(3)
    }
  })

  test('hands on the raw headers of what is announced before the reply', async () => {
    const { url } = await serve((_request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      answer(response, 200)
    })
    for (const dispatcher of [new Pool(url), rig([url]).dispatcher]) {
      const told: unknown[] = []
      const reply = await dispatcher.request({ path: '/', method: 'POST', body: 'x', responseHeaders: 'raw', onInfo: ({ headers }) => void told.push(headers) })
      await reply.body.dump()
      expect(told).toEqual([['Link', '</a.css>; rel=preload']])
    }
  })

  test('tells the reader of a request that is no object', async () => {
    const { url } = await serve((_request, response) => answer(response, 200))
    for (const dispatcher of [new Pool(url), rig([url]).dispatcher]) {
      const errors: Error[] = []
      dispatcher.dispatch(null as never, { onRequestStart() {}, onResponseStart() {}, onResponseData() {}, onResponseEnd() {}, onResponseError: (_, error) => void errors.push(error) })
      expect(errors).toEqual([expect.objectContaining({ code: 'UND_ERR_INVALID_ARG', message: 'opts must be an object.' })])
    }
  })
})
