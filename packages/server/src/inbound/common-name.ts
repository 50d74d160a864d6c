/**
 * The common name in a subject as a proxy has written it, in its quotes: `CN=web,O=Acme` (RFC 2253), or `/O=Acme/CN=web` as
 * OpenSSL writes it in one line.
 *
 * Whoever may choose a part of his subject must not choose a name by it: `O=x\,CN=admin` has none. Some proxies escape
 * backslashes once more and some do not, so that what stands behind any number of them is no separator; it may hide a name
 * and bring none. In one line nothing is escaped: there the name is known only where there is one.
 */
export function commonNameIn(subject: string): string | undefined {
  const text = subject.startsWith('"') ? subject.slice(1, subject.endsWith('"') && subject.length > 1 ? -1 : undefined) : subject
  if (text.startsWith('/')) {
    const [name, ...others] = text.split('/').flatMap(nameOf)
    return others.length === 0 ? name : undefined
  }
  return parts(text).flatMap(nameOf)[0]
}

function nameOf(part: string): readonly string[] {
  const name = /^\s*CN\s*=\s*(.+?)\s*$/i.exec(part)?.[1]
  return name === undefined ? [] : [name]
}

/** Attributes between commas, semicolons and pluses that are neither escaped nor in quotes, without the escapes. */
function parts(text: string): readonly string[] {
  const all: string[] = []
  let part = ''
  let quoted = false
  for (const [token] of text.matchAll(/\\*[^]/g)) {
    const c = token.at(-1)!
    // The quotes around a value have the one backslash of the quotes around the whole.
    if (c === '"' && token.length <= 2) quoted = !quoted
    else if (token.length === 1 && !quoted && (c === ',' || c === ';' || c === '+')) {
      all.push(part)
      part = ''
    } else part += c
  }
  all.push(part)
  return all
}
