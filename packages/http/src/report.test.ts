import { expect, test } from 'vitest'
import { reportTo } from './report.ts'
import { answer, rig, serve } from './rig.test-support.ts'

test('what a reply really was can be told afterwards, for fetch and for request alike, and moves traffic away', async () => {
  const { url } = await serve((_request, response) => answer(response, 200, 'ok'))
  const { fetch, dispatcher, service } = rig([url, url.replace('127.0.0.1', 'localhost')], { policy: { reweight: { codes: { SOLD_OUT: 3 } } } })
  const severity = (): number => service.core.cluster.inspect(service.core.clock.now()).reduce((sum, endpoint) => sum + endpoint.severity, 0)
  const fetched = await fetch('/')
  await fetched.text()
  expect([reportTo(service, fetched, 'SOLD_OUT'), severity()]).toEqual([true, expect.closeTo(0.3, 1)])
  const requested = await dispatcher.request({ path: '/', method: 'GET' })
  await requested.body.text()
  expect([reportTo(service, requested, 'UNAVAILABLE'), severity()]).toEqual([true, expect.closeTo(0.4, 1)])
  expect(reportTo(service, Response.json([]), 'UNAVAILABLE')).toBe(false)
})
