import { describe, expect, test } from 'vitest'
import { CancelScope, type Cancel, type CancelListener } from './scope.ts'

class Ear implements CancelListener {
  nextListener: CancelListener | undefined = undefined
  previousListener: CancelListener | undefined = undefined
  readonly heard: Cancel[] = []
  then: (() => void) | undefined = undefined

  onCancel(cancel: Cancel): void {
    this.heard.push(cancel)
    this.then?.()
  }
}

const gone: Cancel = { why: 'caller' }

describe('a cancel scope', () => {
  test('tells each listener once, by the first cancel', () => {
    const scope = new CancelScope()
    const ears = [new Ear(), new Ear(), new Ear()]
    for (const ear of ears) scope.add(ear)
    scope.cancel(gone)
    scope.cancel({ why: 'deadline' })
    for (const ear of ears) expect(ear.heard).toEqual([gone])
    expect(scope.cancelled).toBe(gone)
    expect(scope.idle).toBe(true)
  })

  test('tells a late listener at once', () => {
    const scope = new CancelScope()
    scope.cancel(gone)
    const ear = new Ear()
    scope.add(ear)
    expect(ear.heard).toEqual([gone])
  })

  test('reaches the whole tree below and nothing above', () => {
    const root = new CancelScope()
    const [left, right] = [root.child(), root.child()]
    const leaf = left.child()
    left.cancel(gone)
    expect([root.cancelled, left.cancelled, leaf.cancelled, right.cancelled]).toEqual([undefined, gone, gone, undefined])
    root.cancel({ why: 'closed' })
    expect([leaf.cancelled, right.cancelled]).toEqual([gone, { why: 'closed' }])
  })

  test('a child of a cancelled scope is born cancelled', () => {
    const scope = new CancelScope()
    scope.cancel(gone)
    expect(scope.child().cancelled).toBe(gone)
  })

  test('removing works first, in the middle, last, twice and for a stranger', () => {
    const scope = new CancelScope()
    const [a, b, c, stranger] = [new Ear(), new Ear(), new Ear(), new Ear()]
    for (const ear of [a, b, c]) scope.add(ear)
    scope.remove(stranger)
    scope.remove(b)
    scope.remove(b)
    scope.cancel(gone)
    expect([a, b, c, stranger].map((ear) => ear.heard.length)).toEqual([1, 0, 1, 0])
    for (const order of [[a, c], [c, a]]) {
      const other = new CancelScope()
      for (const ear of order) other.add(ear)
      for (const ear of order) other.remove(ear)
      expect(other.idle).toBe(true)
    }
  })

  test('a listener may remove itself and others while it is told', () => {
    const scope = new CancelScope()
    const [first, second] = [new Ear(), new Ear()]
    scope.add(first)
    scope.add(second)
    second.then = () => {
      scope.remove(second)
      scope.remove(first)
    }
    scope.cancel(gone)
    expect([first.heard.length, second.heard.length]).toEqual([0, 1])
  })

  test('a listener may move from one scope to another, once it was removed', () => {
    const [from, to] = [new CancelScope(), new CancelScope()]
    const [mover, stays] = [new Ear(), new Ear()]
    from.add(stays)
    from.add(mover)
    from.remove(mover)
    to.add(mover)
    to.cancel(gone)
    expect([mover.heard.length, stays.heard.length]).toEqual([1, 0])
  })

  // A listener in two lists would tear the first one: whoever stood behind it would never hear of a cancel.
  test('a listener that is in one scope is refused by another', () => {
    const [one, other] = [new CancelScope(), new CancelScope()]
    const [ear, behind] = [new Ear(), new Ear()]
    one.add(behind)
    one.add(ear)
    expect(() => other.add(ear)).toThrow('belongs to another scope')
    one.cancel(gone)
    expect([ear.heard.length, behind.heard.length]).toEqual([1, 1])
  })
})
