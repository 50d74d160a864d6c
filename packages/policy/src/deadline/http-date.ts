const MONTHS: readonly string[] = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAY = 86_400_000
const FIFTY_YEARS = 50 * 365.25 * DAY

// The three forms a recipient must read (RFC 9110 §5.6.7); the weekday says nothing that the date does not.
const IMF = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/
const RFC_850 = /^[A-Z][a-z]{5,8}, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/

/**
 * An HTTP date in wall-clock milliseconds since 1970. `wallNow` tells the century of the obsolete two-digit year. Own
 * arithmetic, since `Date.parse` takes far more than HTTP allows, differently on each engine.
 */
export function parseHttpDate(text: string, wallNow: number): number | undefined {
  const imf = IMF.exec(text)
  if (imf) return at(imf[3], imf[2], imf[1], imf[4], imf[5], imf[6])
  const asctime = ASCTIME.exec(text)
  if (asctime) return at(asctime[6], asctime[1], asctime[2], asctime[3], asctime[4], asctime[5])
  const old = RFC_850.exec(text)
  if (!old) return undefined
  const recent = at(`20${old[3]}`, old[2], old[1], old[4], old[5], old[6])
  const past = recent === undefined || recent - wallNow > FIFTY_YEARS
  return past ? at(`19${old[3]}`, old[2], old[1], old[4], old[5], old[6]) : recent
}

type Part = string | undefined

function at(year: Part, month: Part, day: Part, hour: Part, minute: Part, second: Part): number | undefined {
  const m = MONTHS.indexOf(month ?? '')
  const [y, d, h, min, s] = [Number(year), Number(day), Number(hour), Number(minute), Number(second)]
  if (m < 0 || d < 1 || d > daysIn(y, m) || h > 23 || min > 59 || s > 60) return undefined
  return daysSince1970(y, m, d) * DAY + ((h * 60 + min) * 60 + s) * 1000
}

function daysIn(year: number, month: number): number {
  if (month === 1) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 3 || month === 5 || month === 8 || month === 10 ? 30 : 31
}

/** In years that begin with March a leap day is the last one (Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month < 2 ? year - 1 : year
  const inYear = Math.floor((153 * ((month + 10) % 12) + 2) / 5) + day - 1
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + inYear - 719_468
}
