import { durationOf } from '@inmesh/pipeline'
import type { AdmissionOptions } from '@inmesh/policy'
import type { ServerAdmissionOptions } from '../options.ts'

/** The options as the policy takes them: in milliseconds, and without the mode, which is applied here. */
export function admissionRules(options: ServerAdmissionOptions = {}): AdmissionOptions {
  const { mode: _, maxWait, targetDelay, ...rules } = options
  return {
    ...rules,
    ...(maxWait === undefined ? {} : { maxWait: durationOf(maxWait, 'admission.maxWait') }),
    ...(targetDelay === undefined ? {} : { targetDelay: durationOf(targetDelay, 'admission.targetDelay') }),
  }
}
