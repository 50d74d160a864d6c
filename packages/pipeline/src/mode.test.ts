import { describe, expect, test } from 'vitest'
import { absent, enforcement, strictest } from './mode.ts'

describe('modes', () => {
  test('become the share of calls for which a policy acts', () => {
    expect([enforcement('off'), enforcement('observe'), enforcement({ enforce: 0.1 }), enforcement('on')]).toEqual([absent, 0, 0.1, 1])
  })

  test('a policy goes no further than its service, and a service no further than the kill switch', () => {
    expect(strictest('on', 'observe', 'on')).toBe('observe')
    expect(strictest('observe', 'off')).toBe('off')
    expect(strictest({ enforce: 0.2 }, { enforce: 0.1 })).toEqual({ enforce: 0.1 })
    expect(strictest(undefined, 'on')).toBe('on')
    expect(strictest()).toBe('on')
  })
})
