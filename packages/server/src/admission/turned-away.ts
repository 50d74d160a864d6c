import type { AdmitWhy, Turned } from '@inmesh/policy'
import { refusal, remembered, type Refusal } from '../refusal.ts'

const DETAILS: Readonly<Record<AdmitWhy, string>> = {
  limit: 'as many requests are worked on as can be',
  queue: 'as many requests wait as may',
  waited: 'it has waited as long as it may',
  displaced: 'a request that matters more took its place',
  delay: 'this process is overloaded',
  deadline: 'its deadline passed while it waited',
}

const here = remembered((why: AdmitWhy) => refusalOf({ why, everywhere: false, retryAfter: 0 }))

/** What a request gets that admission did not take. */
export function turnedAway(turned: Turned): Refusal {
  return turned.everywhere || turned.retryAfter > 0 ? refusalOf(turned) : here(turned.why)
}

function refusalOf({ why, everywhere, retryAfter }: Turned): Refusal {
  const late = why === 'deadline'
  return refusal({ status: late ? 504 : 503, policy: late ? 'deadline' : 'admission', why: late ? 'queued' : why, detail: DETAILS[why], retryAfter, doNotRetry: everywhere })
}
