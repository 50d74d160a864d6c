/** As much of a server as a shutdown needs: node:http, https, http2. */
export interface Door {
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
