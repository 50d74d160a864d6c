/** An answer that is not of the form that the script answers: something other than Redis, or somebody else's script. */
export class Garbage extends Error {
  constructor(reply: unknown) {
    super(`answered ${briefly(reply)}, which no script of ours does`)
    this.name = 'Garbage'
  }
}

/** Whole numbers ≥ 0, `length` of them. As text too: clients can be told to give numbers so. */
export function counts(reply: unknown, length: number): readonly number[] {
  if (!Array.isArray(reply) || reply.length !== length) throw new Garbage(reply)
  return reply.map((part: unknown) => {
    const count = typeof part === 'string' && part !== '' ? Number(part) : part
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 0) throw new Garbage(reply)
    return count
  })
}

function briefly(reply: unknown): string {
  if (typeof reply === 'string') return JSON.stringify(reply.slice(0, 40))
  if (Array.isArray(reply)) return `a list of ${reply.length}`
  return reply == null ? 'nothing' : `a ${typeof reply}`
}
