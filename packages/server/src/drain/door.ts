/** As much of a server as is needed to see who comes, and to shut it: node:http, https, http2. */
export interface Door {
  on?(event: 'connection' | 'close', listener: () => void): unknown
  off?(event: 'connection' | 'close', listener: () => void): unknown
  close(done?: (error?: Error) => void): unknown
  closeIdleConnections?(): void
  closeAllConnections?(): void
}

/**
 * Stops accepting; settles when the last connection has ended. The error of one that had been closed before says just
 * that.
 */
export function shut(door: Door): Promise<void> {
  return new Promise((resolve) => {
    door.close(() => resolve())
    door.closeIdleConnections?.()
  })
}
