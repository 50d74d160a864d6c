import { Agent, type Dispatcher } from 'undici'
import { describe, expect, test } from 'vitest'
import { retry } from '@inmesh/pipeline'
import { undiciInterceptor } from '../index.ts'
import { answer, rig, serve } from '../rig.test-support.ts'

/** Every way in, each of which undici's own dispatchers stand beside. */
async function waysIn(): Promise<{ readonly origin: string; readonly dispatchers: readonly Pick<Dispatcher, 'dispatch'>[] }> {
  const { url } = await serve((_request, response) => answer(response, 200, 'ok'))
  const { dispatcher } = rig([url])
  return { origin: url, dispatchers: [new Agent(), dispatcher, new Agent().compose(undiciInterceptor(retry()))] }
}

const nothing: Dispatcher.DispatchHandler = { onResponseStart() {}, onResponseData() {}, onResponseEnd() {} }

describe('a reader, as by undici itself,', () => {
  test('that throws when it is given its controller is told its own error, and nothing is thrown at the caller', async () => {
    const { origin, dispatchers } = await waysIn()
    for (const dispatcher of dispatchers) {
      const mine = new Error('mine')
      const told = await new Promise<Error>((resolve) => {
        dispatcher.dispatch({ origin, path: '/', method: 'GET' }, { ...nothing, onRequestStart: () => { throw mine }, onResponseError: (_, error) => resolve(error) })
      })
      expect(told).toBe(mine)
    }
  })

  test('of an older protocol is refused by undici’s own at once instead of never being told anything', async () => {
    const { origin, dispatchers: [agent, , composed] } = await waysIn()
    const older = { onConnect() {}, onHeaders() {}, onData() {}, onComplete() {}, onError() {} } as Dispatcher.DispatchHandler
    for (const dispatcher of [agent, composed]) {
      expect(() => dispatcher?.dispatch({ origin, path: '/', method: 'GET' }, older)).toThrow(expect.objectContaining({ code: 'UND_ERR_INVALID_ARG' }))
    }
  })

  test('that asks for an upgrade and cannot take one is told so instead of waiting', async () => {
    const { origin, dispatchers } = await waysIn()
    for (const dispatcher of dispatchers) {
      const told = await new Promise<Error>((resolve) => {
        dispatcher.dispatch({ origin, path: '/', method: 'GET', upgrade: 'x' }, { ...nothing, onRequestStart() {}, onResponseError: (_, error) => resolve(error) })
      })
      expect(told).toMatchObject({ code: 'UND_ERR_INVALID_ARG', message: 'invalid onRequestUpgrade method' })
    }
  })
})
