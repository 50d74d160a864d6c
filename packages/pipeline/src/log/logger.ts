import { isError } from '../is-error.ts'
import { assertLogger } from './assert-logger.ts'

/** How loud a line is; what a logger does with each is its own business. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Fields beside a line, by name: texts, numbers, lists of texts, and an error under `err`. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * Where lines go, in pino's form: fields first, then the message. pino's own loggers are that, and bunyan's; what takes the
 * message first, as `console` and winston do, becomes one by `messageFirst(…)`.
 */
export interface Logger {
  /** Needed only where `levels` names it. */
  debug?(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** `console`, winston's loggers, and all that takes the message first. */
export interface MessageFirstLogger {
  debug?(message: string, fields: LogFields): unknown
  info(message: string, fields: LogFields): unknown
  warn(message: string, fields: LogFields): unknown
  error(message: string, fields: LogFields): unknown
}

/**
 * A logger that takes the message first, as one that takes fields first: `logTo(messageFirst(console))`. An error in `err` is
 * handed on as plain data, in the words of pino's serializer (`type`, `message`, `code`, `stack`): as it is, JSON would make
 * `{}` of it. Throws one `TypeError` that lists what the logger has not.
 */
export function messageFirst(logger: MessageFirstLogger): Logger {
  assertLogger('messageFirst', logger, 'a logger such as console, or one of winston', 'a function of a message and fields')
  const { debug } = logger
  // What it answers is handed on: one that is async may fail later.
  return {
    ...(typeof debug === 'function' ? { debug: (fields: LogFields, message: string): unknown => debug.call(logger, message, plain(fields)) } : {}),
    info: (fields, message) => logger.info(message, plain(fields)),
    warn: (fields, message) => logger.warn(message, plain(fields)),
    error: (fields, message) => logger.error(message, plain(fields)),
  }
}

function plain(fields: LogFields): LogFields {
  const { err } = fields
  if (!isError(err)) return fields
  const { name, message, stack } = err
  const { code } = err as { readonly code?: unknown }
  return { ...fields, err: { type: name, message, ...(code === undefined ? {} : { code }), stack } }
}
