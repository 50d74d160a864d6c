import { describe, expect, test, vi } from 'vitest'
import { Observers, type MeshEvent } from './events.ts'
import type { Source } from './source.ts'

const event: MeshEvent = { type: 'policy-changed', service: 's', at: 0, chain: [] }

describe('observers', () => {
  test('are asked for only while somebody listens', () => {
    const observers = new Observers()
    expect(observers.active).toBe(false)
    const stop = observers.add(() => {})
    expect(observers.active).toBe(true)
    stop()
    stop()
    expect(observers.active).toBe(false)
  })

  test('one that throws disturbs neither the call nor the others, and is told of once', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const observers = new Observers()
    const heard: MeshEvent[] = []
    observers.add(() => { throw new Error('bug') })
    observers.add((one) => void heard.push(one))
    observers.emit(event)
    observers.emit(event)
    expect(heard).toHaveLength(2)
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]?.[0]).toContain('an observer threw on "policy-changed"')
  })

  test('may stop listening, or start, while they are told', () => {
    const observers = new Observers()
    const log: string[] = []
    const stop = observers.add(() => {
      log.push('first')
      stop()
      observers.add(() => void log.push('third'))
    })
    observers.add(() => void log.push('second'))
    observers.emit(event)
    observers.emit(event)
    expect(log).toEqual(['first', 'second', 'second', 'third'])
  })

  test('one with `watch` is handed each source there is and each that comes, and lets go of it when that is gone or it listens no more', () => {
    const observers = new Observers()
    const log: string[] = []
    const listener = (name: string) => Object.assign(() => {}, { watch: (source: Source) => {
      log.push(`${name} has ${source.state().servers[0]?.name}`)
      return () => void log.push(`${name} lets go`)
    } })
    const source = (name: string): Source => ({ state: () => ({ services: [], servers: [{ name, state: 'serving', inFlight: 0, waiting: 0, limits: [] }] }) })
    const stop = observers.add(listener('early'))
    const gone = observers.offer(source('a'))
    observers.add(listener('late'))
    observers.add(() => {})
    expect(log.splice(0)).toEqual(['early has a', 'late has a'])
    stop()
    stop()
    expect(log.splice(0)).toEqual(['early lets go'])
    observers.offer(source('b'))
    expect(log.splice(0)).toEqual(['late has b'])
    gone()
    gone()
    expect(log).toEqual(['late lets go'])
  })

  test('a `watch` that throws disturbs nobody, and is told of once', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const observers = new Observers()
    observers.add(Object.assign(() => {}, { watch: () => { throw new Error('bug') } }))
    const state: Source['state'] = () => ({ services: [], servers: [] })
    observers.offer({ state })()
    observers.offer({ state })
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]?.[0]).toContain('an observer threw in its watch')
  })
})
