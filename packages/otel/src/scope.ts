/** As instrumentations name themselves to OpenTelemetry. */
export const SCOPE = '@inmesh/otel'
