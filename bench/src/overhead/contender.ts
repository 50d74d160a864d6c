/** A way of making one request. `send` resolves when the body has been consumed, and rejects on anything but a 200. */
export interface Contender {
  readonly name: string
  readonly send: () => Promise<void>
}

/** CPU time of this process per request, in microseconds, over one block of requests sent by `width` lanes at a time. */
export async function blockOf({ send }: Contender, requests: number, width: number): Promise<number> {
  let left = requests
  const lane = async (): Promise<void> => {
    while (left-- > 0) await send()
  }
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: width }, lane))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / requests
}
