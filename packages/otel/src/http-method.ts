/** RFC 9110 and, for PATCH, RFC 5789; or what the environment says, as the conventions want it. */
const methods: ReadonlySet<string> = new Set(
  process.env['OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS']?.split(',').map((method) => method.trim()).filter((method) => method !== '')
    ?? ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'],
)

/** A method as a label or an attribute has it: what anybody can make up is `_OTHER`. */
export function methodOf(method = ''): string {
  return methods.has(method) ? method : '_OTHER'
}
