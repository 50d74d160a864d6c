import { EventEmitter } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { Exits, type Session } from './exits.ts'

function session() {
  let ended = (): void => {}
  const one = { close: vi.fn<() => void>(), destroy: vi.fn<() => void>(), once: (_event: 'close', listener: () => void) => { ended = listener } } satisfies Session
  return { one, end: () => ended() }
}

describe('where requests come from', () => {
  it('is told that there will be no more, also where it comes late; Node 22 tells nobody when a server is closed', () => {
    const exits = new Exits()
    const [early, gone, late] = [session(), session(), session()]
    exits.sawSession(early.one)
    exits.sawSession(early.one)
    exits.sawSession(gone.one)
    gone.end()
    exits.sayGoodbye()
    exits.sawSession(late.one)
    expect([early, gone, late].map(({ one }) => one.close.mock.calls.length)).toEqual([1, 0, 1])
    exits.cut()
    expect([early, gone, late].map(({ one }) => one.destroy.mock.calls.length)).toEqual([1, 0, 1])
  })

  it('lets go of a server that has closed', () => {
    const exits = new Exits()
    const door = Object.assign(new EventEmitter(), { close: () => {} })
    exits.saw(door)
    door.emit('close')
    expect([exits.seen, door.listenerCount('connection'), door.listenerCount('close')]).toEqual([[], 0, 0])
    exits.saw(door)
    expect(exits.seen).toEqual([door])
    exits.forget()
    expect([door.listenerCount('connection'), door.listenerCount('close')]).toEqual([0, 0])
  })

  it('names each server once', () => {
    const exits = new Exits()
    const door = { close: () => {} }
    exits.saw(door)
    exits.saw(door)
    expect(exits.seen).toEqual([door])
    exits.forget()
    expect(exits.seen).toEqual([])
  })
})
