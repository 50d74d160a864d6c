import { describe, expect, test } from 'vitest'
import { RequestLog } from './request-log.ts'

const text = (log: RequestLog, at: number): string | undefined => log.at(at)?.message.toString()

function written(...messages: string[]): RequestLog {
  const log = new RequestLog(true)
  for (const message of messages) log.add({}, Buffer.from(message))
  return log
}

describe('what a caller has sent', () => {
  test('is there for every try, in order', () => {
    const log = written('a', 'b', 'c')
    expect([0, 1, 2, 3].map((at) => text(log, at))).toEqual(['a', 'b', 'c', undefined])
    log.wasWritten(0)
    expect([text(log, 0), log.payload.touched]).toEqual(['a', false])
  })

  test('goes as it is written once no try is to come, and what comes later has its number', () => {
    const log = written('a', 'b')
    log.keepNothing()
    log.wasWritten(0)
    expect([text(log, 0), text(log, 1)]).toEqual([undefined, 'b'])
    log.wasWritten(1)
    log.add({}, Buffer.from('c'))
    expect([text(log, 1), text(log, 2)]).toEqual([undefined, 'c'])
  })

  test('is kept up to 64 KiB', () => {
    const log = new RequestLog(true)
    log.add({}, Buffer.alloc(40_000))
    expect(log.payload.touched).toBe(false)
    log.add({}, Buffer.alloc(40_000))
    expect(log.payload.touched).toBe(true)
  })

  test('can be sent again always where it is one message', () => {
    const log = new RequestLog(false)
    log.add({}, Buffer.alloc(1_000_000))
    log.keepNothing()
    expect(log.payload).toEqual({ kind: 'replayable', touched: false })
  })

  test('tells its writer once, however often it is written', () => {
    const log = new RequestLog(true)
    let told = 0
    log.add({ callback: () => told++ }, Buffer.from('a'))
    log.at(0)?.written()
    log.at(0)?.written()
    expect(told).toBe(1)
  })
})
