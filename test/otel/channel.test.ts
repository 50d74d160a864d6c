import { nodeHttp } from '@inmesh/server'
import { createMesh, meshEvents, type MeshEvent, type MeshEventMessage } from 'inmesh'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { request } from 'undici'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Observers } from '@inmesh/pipeline'
import { served } from './sdk.ts'

function heard(): MeshEventMessage[] {
  const told: MeshEventMessage[] = []
  const listener = (message: unknown): void => void told.push(message as MeshEventMessage)
  subscribe(meshEvents, listener)
  onTestFinished(() => void unsubscribe(meshEvents, listener))
  return told
}

function of(told: readonly MeshEventMessage[], type: MeshEvent['type']): MeshEventMessage[] {
  return told.filter(({ event }) => event.type === type)
}

test('every event comes with its call to who subscribes to the channel, without an observer', async () => {
  const up = await served()
  const mesh = createMesh({ services: { catalog: { endpoints: [up.url], policy: { limit: { rate: 1, per: '1m', burst: 1 } } } } })
  onTestFinished(() => mesh.close({ within: '50ms' }))
  const told = heard()
  await (await mesh.service('catalog').fetch('/', { mesh: { operation: 'GET /items' } })).text()
  await mesh.service('catalog').fetch('/').catch(() => {})
  await expect.poll(() => of(told, 'tried').length).toBe(1)
  const [picked, tried, ended, refused] = (['picked', 'tried', 'ended', 'refused'] as const).map((type) => of(told, type)[0])
  expect(picked?.call).toMatchObject({ service: 'catalog', operation: 'GET /items' })
  expect([tried?.call, ended?.call]).toEqual([picked?.call, picked?.call])
  expect(refused?.event).toMatchObject({ policy: 'limit', numbers: { rate: 1, perMs: 60_000 } })
  expect(refused?.call).not.toBe(picked?.call)
  expect(of(told, 'policy-changed').every(({ call }) => call === undefined)).toBe(true)
})

test('no event is made while nobody listens', async () => {
  const up = await served()
  const emit = vi.spyOn(Observers.prototype, 'emit')
  const mesh = createMesh({ services: { catalog: { endpoints: [up.url], policy: { drop: { CRITICAL: 0 } } } } })
  onTestFinished(() => mesh.close({ within: '50ms' }))
  emit.mockClear()
  await (await mesh.service('catalog').fetch('/')).text()
  expect(emit).not.toHaveBeenCalled()
  const told = heard()
  await (await mesh.service('catalog').fetch('/')).text()
  expect(told.length).toBeGreaterThan(0)
  expect(emit).toHaveBeenCalledTimes(told.length)
})

test('of a server beside a mesh, with observers of its own, each event comes once', async () => {
  const up = await served()
  const direct: string[] = []
  const mesh = createMesh({ services: { catalog: { endpoints: [up.url] } }, observers: [({ type }) => direct.push(`mesh ${type}`)] })
  const governed = nodeHttp(mesh, { name: 'shop', observers: [({ type }) => direct.push(`server ${type}`)] })
  onTestFinished(async () => {
    governed.close()
    await mesh.close({ within: '50ms' })
  })
  const server = await served(governed((_req, res) => void res.end('yes')))
  const told = heard()
  await (await request(server.url)).body.text()
  await expect.poll(() => of(told, 'request-ended').length).toBeGreaterThan(0)
  expect(told.map(({ event }) => event.type)).toEqual(['request-began', 'request-ended'])
  expect(direct.filter((one) => one.endsWith('request-ended')).toSorted()).toEqual(['mesh request-ended', 'server request-ended'])
})
