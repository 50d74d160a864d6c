import { CONVENTIONAL_ATTRIBUTES, REFUSED_ON, SPAN_ATTRIBUTES, SPAN_EVENTS, type SpanAttribute } from './span-names.ts'

/** `docs/spans.md`, of what `span-names.ts` says. */
export function spansPage(): string {
  const own: readonly (readonly [string, SpanAttribute])[] = Object.entries(SPAN_ATTRIBUTES)
  const lines = [
    '# Spans',
    '',
    'Made from [`packages/otel/src/traces/span-names.ts`](../packages/otel/src/traces/span-names.ts). How to get them: [guide](guide/traces.md).',
    '',
    '| Span | Name | Kind | From, to |',
    '|---|---|---|---|',
    '| call | service and operation: `catalog GET /items/:id` | `INTERNAL`: it stands for no request | from the call to the end of the reply’s body |',
    '| try, beneath its call | the operation: `GET /items/:id` | `CLIENT`; `INTERNAL` of a wrapped function, which sends by a client of its own | from when it was decided to the end of its body |',
    '',
    'A request that a server of ours has taken has no span of ours: what is decided about it stands on the one that your instrumentation has made.',
    '',
    'A span is an error where its outcome is a failure. A call whose fallback answered is none, nor is a try that another one beat.',
    '',
    '## Attributes of our own',
    '',
    '| Attribute | On | Meaning |',
    '|---|---|---|',
    ...own.map(([name, { on, meaning }]) => `| \`${name}\` | ${on} | ${meaning} |`),
    `| \`${REFUSED_ON}*\` | call, event | The numbers that a policy refused on, as the error has them: \`${REFUSED_ON}rate\`, \`${REFUSED_ON}limit\`, \`${REFUSED_ON}inFlight\`, … |`,
    '',
    '## By the semantic conventions (1.45.0), on tries',
    '',
    '| Attribute | Meaning |',
    '|---|---|',
    ...Object.entries(CONVENTIONAL_ATTRIBUTES).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`),
    '',
    '## Events of a call, and of a request',
    '',
    '| Event | When |',
    '|---|---|',
    ...Object.entries(SPAN_EVENTS).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`),
  ]
  return `${lines.join('\n')}\n`
}
