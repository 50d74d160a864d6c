import { gotText } from '../got.ts'

/** What each logger has. */
export const REQUIRED = ['info', 'warn', 'error'] as const

/** As it is handed over, and not when the first line is to be written. What is accepted, and of what each method is: in words. */
export function assertLogger(where: string, logger: unknown, accepted: string, method: string): void {
  const isHolder = (typeof logger === 'object' && logger !== null) || typeof logger === 'function'
  if (!isHolder) throw new TypeError(`${where}: got ${gotText(logger)} (accepted: ${accepted})`)
  const wrong = REQUIRED.filter((name) => typeof Reflect.get(logger, name) !== 'function')
  if (wrong.length > 0) throw new TypeError(wrong.map((name) => `${where}: logger.${name}: got ${gotText(Reflect.get(logger, name))} (accepted: ${method})`).join('\n'))
}
