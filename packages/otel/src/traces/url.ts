/** What the conventions want hidden (1.45.0, `url.full`): signatures and keys of addresses that are signed, and whoever is named before the host. */
const SECRET = /([?&](?:AWSAccessKeyId|Signature|sig|X-Goog-Signature)=)[^&#\s]*/g
/** Up to the last `@` before the path: passwords have some that nobody has encoded. */
const CREDENTIALS = /:\/\/[^\s/?#"'<>]*@/g

/** Of an address, or of a text with addresses in it: undici names the whole of one that has credentials in its error. */
export function withoutSecrets(text: string): string {
  return text.replace(CREDENTIALS, '://REDACTED:REDACTED@').replace(SECRET, '$1REDACTED')
}
