import { describe, expect, test } from 'vitest'
import { askedBy, type Located } from './mount.ts'

const asked = (request: Located, path = ''): unknown => {
  const found = askedBy(request, path)
  return found === undefined ? undefined : [found.path, found.base, found.query.toString()]
}

describe('where a request goes', () => {
  test('is its path, at the root', () => {
    expect(asked({ url: '/events?type=ejected' })).toEqual(['/events', '', 'type=ejected'])
    expect(asked({ url: '/' })).toEqual(['/', '', ''])
    expect(asked({})).toEqual(['/', '', ''])
  })

  test('is what is below the path of the option', () => {
    expect(asked({ url: '/debug/inmesh' }, '/debug/inmesh')).toEqual(['/', '/debug/inmesh', ''])
    expect(asked({ url: '/debug/inmesh/' }, '/debug/inmesh')).toEqual(['/', '/debug/inmesh', ''])
    expect(asked({ url: '/debug/inmesh/inspect/a?x' }, '/debug/inmesh')).toEqual(['/inspect/a', '/debug/inmesh', 'x='])
    expect(asked({ url: '/debug/inmeshed' }, '/debug/inmesh')).toBeUndefined()
    expect(asked({ url: '/events' }, '/debug/inmesh')).toBeUndefined()
  })

  test('is what a router has left, and links begin with what it took off', () => {
    expect(asked({ url: '/?a=1', originalUrl: '/debug/inmesh?a=1' })).toEqual(['/', '/debug/inmesh', 'a=1'])
    expect(asked({ url: '/events', originalUrl: '/debug/inmesh/events' })).toEqual(['/events', '/debug/inmesh', ''])
    expect(asked({ url: '/events', originalUrl: '/debug/inmesh/events' }, '/debug/inmesh')).toEqual(['/events', '/debug/inmesh', ''])
    expect(asked({ url: '/debug/inmesh/events', originalUrl: '/debug/inmesh/events' }, '/debug/inmesh')).toEqual(['/events', '/debug/inmesh', ''])
  })

  test('never makes links that lead to another host', () => {
    expect(asked({ url: '/events', originalUrl: '//evil.example/events' })).toEqual(['/events', '/evil.example', ''])
    expect(asked({ url: '/events', originalUrl: '/\\\\evil.example/events' })).toEqual(['/events', '/evil.example', ''])
    expect(asked({ url: 'http://evil.example/' })).toEqual(['/', '', ''])
  })

  test('is told with its host by clients of a proxy, and is the same', () => {
    expect(asked({ url: 'http://host:9465/events?type=x' })).toEqual(['/events', '', 'type=x'])
    expect(asked({ url: 'http://host/debug/events' }, '/debug')).toEqual(['/events', '/debug', ''])
    expect(asked({ url: 'http://host/events', originalUrl: 'http://host/debug/events' })).toEqual(['/events', '/debug', ''])
  })
})
