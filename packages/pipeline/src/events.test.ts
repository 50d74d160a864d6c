import { describe, expect, test, vi } from 'vitest'
import { Observers, type MeshEvent } from './events.ts'

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
})
