/** Why something was given up. `error` is what the caller sees, if anybody is to see it. */
export interface Cancel {
  readonly why: 'caller' | 'deadline' | 'superseded' | 'closed'
  readonly error?: unknown
}

/**
 * Hears of a cancel. The links are the list itself: listening allocates nothing. A listener belongs to one scope at a
 * time; adding it to a second one would tear the first list, so `add` refuses a listener that is linked.
 */
export interface CancelListener {
  nextListener: CancelListener | undefined
  previousListener: CancelListener | undefined
  onCancel(cancel: Cancel): void
}

/**
 * The cancellation tree: a call at the root, its tries as children. Much lighter than AbortSignal (making a signal
 * costs about 5 µs, `AbortSignal.any` 25 µs and more), so a signal exists only at the wire and only if asked for.
 */
export interface Scope {
  /** Set once, by the first cancel. */
  readonly cancelled: Cancel | undefined
  child(): Scope
  cancel(reason: Cancel): void
  add(listener: CancelListener): void
  remove(listener: CancelListener): void
}

/** Contexts extend it, so that a call or a try is its own scope and costs no second object. */
export class CancelScope implements Scope, CancelListener {
  cancelled: Cancel | undefined = undefined
  nextListener: CancelListener | undefined = undefined
  previousListener: CancelListener | undefined = undefined
  private first: CancelListener | undefined = undefined

  child(): CancelScope {
    const scope = new CancelScope()
    this.add(scope)
    return scope
  }

  /** A listener added to a scope that is already cancelled is told at once. */
  add(listener: CancelListener): void {
    if (this.cancelled !== undefined) {
      listener.onCancel(this.cancelled)
      return
    }
    if (listener.previousListener !== undefined) throw new Error('this cancel listener belongs to another scope: remove it there first')
    const first = this.first
    listener.nextListener = first
    // The scope stands before the first of its list, so that who has nothing before it is in no list.
    listener.previousListener = this
    if (first !== undefined) first.previousListener = listener
    this.first = listener
  }

  /** Removing what is not listed does nothing, so that every ending may remove without asking. */
  remove(listener: CancelListener): void {
    const { nextListener: next, previousListener: previous } = listener
    if (this.first === listener) this.first = next
    else if (previous?.nextListener === listener) previous.nextListener = next
    else return
    if (next !== undefined) next.previousListener = previous
    listener.nextListener = undefined
    listener.previousListener = undefined
  }

  /** Tells every listener once, each unlinked before it is told, so that it may remove itself or others meanwhile. */
  cancel(reason: Cancel): void {
    if (this.cancelled !== undefined) return
    this.cancelled = reason
    for (let listener = this.first; listener !== undefined; listener = this.first) {
      this.remove(listener)
      listener.onCancel(reason)
    }
  }

  onCancel(reason: Cancel): void {
    this.cancel(reason)
  }

  /** Whether anybody would hear a cancel; for tests and leak checks. */
  get idle(): boolean {
    return this.first === undefined
  }
}
