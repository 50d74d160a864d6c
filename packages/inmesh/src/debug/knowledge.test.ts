import { expect, test, vi } from 'vitest'
import { createMesh } from '../mesh.ts'
import { Knowledge } from './knowledge.ts'

test('what is known of the past is forgotten as it is closed: who has mounted it keeps it', async () => {
  const mesh = createMesh({ services: { catalog: { endpoints: ['http://127.0.0.1:1'] } } })
  const knowledge = new Knowledge(mesh, 10)
  await mesh.service('catalog').wrap(() => Promise.resolve())()
  const before = knowledge.events({ most: 10 }).length
  knowledge.close()
  expect([before > 0, knowledge.events({ most: 10 })]).toEqual([true, []])
  await mesh.close()
})

test('a dump says how often those who listen have thrown', async () => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const observers = [() => { throw new Error('on purpose') }]
  const mesh = createMesh({ services: { catalog: { endpoints: ['http://127.0.0.1:1'] } }, observers })
  const knowledge = new Knowledge(mesh, 10)
  expect(knowledge.observerFaults()).toBe(0)
  await mesh.service('catalog').wrap(() => Promise.resolve())()
  expect(knowledge.dump()).toMatchObject({ observerFaults: 3 })
  knowledge.close()
  await mesh.close()
})
