import { expect, it } from 'vitest'
import { testServer } from './call.test-support.ts'
import type { HealthOptions } from './health.ts'

/** Which of these are health checks, and which of them say 503 while the server drains. */
function seen(health: HealthOptions, paths: readonly string[]) {
  const { core, send } = testServer({ health })
  const spared = paths.filter((path) => send({ 'grpc-timeout': '0m' }, path).refusal === undefined)
  void core.drain({ server: [], notice: '1m' })
  return { spared, unready: spared.filter((path) => send({}, path).refusal?.policy === 'drain') }
}

it('paths of one\'s own are health checks, and all but liveness say when the server drains', () => {
  expect(seen({ paths: ['/ready', '/livez'] }, ['/ready', '/livez', '/healthz'])).toEqual({ spared: ['/ready', '/livez'], unready: ['/ready'] })
})

it('a path that asks for readiness is a health check without being named twice', () => {
  expect(seen({ readiness: ['/ready'] }, ['/ready', '/healthz', '/livez'])).toEqual({ spared: ['/ready', '/healthz', '/livez'], unready: ['/ready'] })
  expect(seen({ paths: ({ path }) => path === '/up', readiness: ['/ready'] }, ['/ready', '/up', '/healthz'])).toEqual({ spared: ['/ready', '/up'], unready: ['/ready'] })
})

it('they are met however they are written', () => {
  const written = ['/healthz', '/healthz/', '/Healthz', '/readyz']
  expect(seen({}, [...written, '/healthz/more', '/'])).toEqual({ spared: written, unready: written })
  expect(seen({ paths: ['/'], readiness: [] }, ['/', '/healthz'])).toEqual({ spared: ['/'], unready: [] })
})
