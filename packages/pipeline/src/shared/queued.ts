/** A call in the line, whatever its reply is. */
export interface Queued {
  /** It has a slot now. */
  admitted(): void
  /** Somebody else has its place. */
  displaced(): void
}
