import type { Path } from './path.ts'

const secrets: ReadonlySet<unknown> = new Set(['key', 'passphrase'])

/** Whether what stands here must never be shown: messages and changes end up in logs. */
export function isSecret(path: Path): boolean {
  return path[0] === 'services' && path[2] === 'tls' && secrets.has(path[3])
}
