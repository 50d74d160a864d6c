import { EventEmitter } from 'node:events'
import { ServerCore } from '@inmesh/server'
import { describe, expect, it, vi } from 'vitest'
import { Connections } from './connections.ts'

type Session = Parameters<Connections['saw']>[0]

class FakeSession extends EventEmitter {
  closed = false
  readonly server = Object.assign(new EventEmitter(), { close: vi.fn<() => void>() })
  readonly close = vi.fn<() => void>(() => { this.closed = true })
  readonly destroy = vi.fn<() => void>()
  readonly shown = this as unknown as Session
}

function connections() {
  const core = new ServerCore('test', undefined)
  return { core, all: new Connections(core) }
}

describe('connections that calls came over', () => {
  it('are told, and their servers closed, once each; it is done when the last one has ended', () => {
    const { core, all } = connections()
    const [one, other] = [new FakeSession(), new FakeSession()]
    for (const { shown } of [one, other, one, other]) all.saw(shown)
    expect(one.listenerCount('close')).toBe(1)
    const done = vi.fn<() => void>()
    all.close(done)
    for (const session of [one, other]) expect([session.close, session.server.close].map(({ mock }) => mock.calls.length)).toEqual([1, 1])
    one.emit('close')
    expect(done).not.toHaveBeenCalled()
    other.emit('close')
    expect(done).toHaveBeenCalledOnce()
    core.close()
  })

  it('that have ended are forgotten, their server is closed all the same', () => {
    const { core, all } = connections()
    const gone = new FakeSession()
    all.saw(gone.shown)
    gone.emit('close')
    const done = vi.fn<() => void>()
    all.close(done)
    expect(gone.close).not.toHaveBeenCalled()
    expect(gone.server.close).toHaveBeenCalledOnce()
    expect(done).toHaveBeenCalledOnce()
    core.close()
  })

  it('are destroyed where they outlast the drain, and one that closes by itself is not told', () => {
    const { core, all } = connections()
    const [closing, open] = [new FakeSession(), new FakeSession()]
    closing.closed = true
    for (const { shown } of [closing, open]) all.saw(shown)
    all.close()
    expect([closing.close.mock.calls.length, open.close.mock.calls.length]).toEqual([0, 1])
    all.closeAllConnections()
    expect([closing.destroy.mock.calls.length, open.destroy.mock.calls.length]).toEqual([1, 1])
    core.close()
  })

  it('let their process know of those that come, so that nobody begins before the sockets are empty', () => {
    const { core, all } = connections()
    const session = new FakeSession()
    all.saw(session.shown)
    expect(session.server.listenerCount('connection')).toBe(1)
    core.close()
    expect(session.server.listenerCount('connection')).toBe(0)
  })
})
