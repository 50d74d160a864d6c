import { retry, type CallOptions } from '@inmesh/pipeline'
import { Agent, type Dispatcher } from 'undici'
import { describe, expect, test } from 'vitest'
import { MeshDispatcher, undiciInterceptor, type GovernedOptions } from './index.ts'
import { answer, rig, serve } from './rig.test-support.ts'

/** As from code without types. */
const wrong = { repeat: false } as unknown as CallOptions
const told = new TypeError('mesh.repeat: got false (accepted: always, concurrent, sequential, if-unprocessed, never)')

async function catalog(): Promise<{ readonly url: string; readonly seen: unknown[] }> {
  const seen: unknown[] = []
  const { url } = await serve((request, response) => {
    seen.push(request.url)
    answer(response, 200)
  })
  return { url, seen }
}

describe('options of one call that are wrong', () => {
  test('reject a fetch with the mistake itself, and nothing is sent', async () => {
    const { url, seen } = await catalog()
    const { fetch } = rig([url])
    await expect(fetch('/items', { mesh: wrong })).rejects.toStrictEqual(told)
    await expect(fetch('/items', { method: 'POST', body: 'order', mesh: wrong })).rejects.toStrictEqual(told)
    expect(seen).toEqual([])
  })

  test('reject a request of each dispatcher in the same way', async () => {
    const { url, seen } = await catalog()
    const { dispatcher, service } = rig([url])
    const agent = new Agent()
    const routed = (known: boolean): Dispatcher => new MeshDispatcher({ serviceOf: () => (known ? service : undefined), passedThrough: () => {}, refusal: () => undefined }, () => agent)
    for (const one of [dispatcher, routed(true), routed(false), agent.compose(undiciInterceptor(retry()))]) {
      const options: Dispatcher.RequestOptions & GovernedOptions = { origin: url, path: '/', method: 'GET', mesh: wrong }
      await expect(one.request(options)).rejects.toStrictEqual(told)
    }
    expect(seen).toEqual([])
    await agent.close()
  })

  test('hinder no call that has them right', async () => {
    const { url, seen } = await catalog()
    const { fetch } = rig([url])
    expect((await fetch('/items', { mesh: { repeat: 'never', timeout: '2s' } })).status).toBe(200)
    expect(seen).toEqual(['/items'])
  })
})
