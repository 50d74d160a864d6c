/** What stands in the place of a secret. */
export const REDACTED = '[redacted]'

const LONGEST = 2_000
/** More than is shown: what begins in sight may be known by its end. */
export const LOOKED_AT: number = 4 * LONGEST

/** Names that are followed by what is secret, in texts such as `password=…`, `"token": "…"` and `Authorization: …`. */
const NAMES = String.raw`(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|credentials?|session(?:[-_ ]?id)?|signature|jwt|affinity|x-api-key)`

/** Each with what is put in its place. The order counts: a block of PEM has everything in it that the others look for. */
const RULES: readonly (readonly [secret: RegExp, instead: string | ((found: string, group: string) => string)])[] = [
  // Keys and certificates, also those of which the end is cut off.
  [/-----BEGIN [\s\S]*?(?:-----END [A-Z0-9 ]*-----|$)/g, REDACTED],
  // Who logs in, in any URL, also with its slashes escaped. All of it is one match: a text of nothing but `://` would be walked from each of them.
  [/(:\\?\/\\?\/)[^\s"'<>]*/g, withoutUser],
  // Queries, and fragments that hold values; a question mark that ends a sentence has at most a bracket behind it.
  [/\?(?![)\]}.,:;!?]{0,8}(?:[\s"']|$))[^\s"']+/g, `?${REDACTED}`],
  [/#[^\s"'<>#]*=[^\s"'<>]*/g, `#${REDACTED}`],
  // Header values of schemes of authorization.
  [/\b(Bearer|Basic|Digest|Negotiate|ApiKey|AWS4-HMAC-SHA256)\s+[A-Za-z0-9._~+/=:-]{6,}/gi, `$1 ${REDACTED}`],
  // A line of a header has its value up to its end. Quotes may be escaped: a body in JSON is told in JSON.
  [/\b((?:proxy-)?authorization|(?:set-)?cookie)(\\*["']?\s*[:=](?!\s*\\*["']?\[redacted\])\s*\\*["']?)[^\r\n"']+/gi, `$1$2${REDACTED}`],
  [new RegExp(String.raw`\b([\w-]{0,40}${NAMES})(\\*["']?\s*[:=]>?(?!\s*\[redacted\])\s*)(?:\\+"[\s\S]*?\\+"|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"'>][^\s"',;&)}\]]*)`, 'gi'), `$1$2${REDACTED}`],
  [/\bkey=(?!\[redacted\])[^\s"',;&)}\]]+/gi, `key=${REDACTED}`],
  // Tokens that are known by their form: JWT, GitHub, GitLab, Slack, AWS, Stripe and OpenAI, npm.
  [/\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)*/g, REDACTED],
  [/\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|(?:AKIA|ASIA)[0-9A-Z]{12,}|[sr]k[-_](?:live[-_]|test[-_]|proj-)?[\w-]{16,}|npm_[A-Za-z0-9]{16,})/g, REDACTED],
  // Long hexadecimal numbers: keys, hashes, session identifiers.
  [/\b[0-9a-f]{32,}\b/gi, REDACTED],
]

/** Up to the last `@`, since passwords have some that nobody has encoded. */
function withoutUser(address: string, begin: string): string {
  const at = address.lastIndexOf('@')
  return at < 0 ? address : `${begin}${REDACTED}${address.slice(at)}`
}

/** A text without what looks like a secret in it, and not longer than one reads. */
export function redactText(text: string): string {
  const clean = RULES.reduce((left, [secret, instead]) => (typeof instead === 'string' ? left.replace(secret, instead) : left.replace(secret, instead)), text.slice(0, LOOKED_AT))
  const isLong = clean.length > LONGEST || text.length > LOOKED_AT
  return isLong ? `${clean.slice(0, LONGEST)}…` : clean
}
