/** Whether `at`, in order, holds at most `rate · W + burst` in every window that begins and ends with one of them. */
export function withinBound(at: readonly number[], rate: number, per: number, burst: number): boolean {
  return at.every((from, first) => at.slice(first).every((to, i) => i + 1 <= (rate * (to - from)) / per + burst + 1e-6))
}
