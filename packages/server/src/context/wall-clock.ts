/** The one place where wall time comes in: messages carry an instant, since nobody counts how long they lie in a queue. */
export function wallNow(): number {
  return Date.now()
}
